import type { QueueSpec } from '../../platform/queues/queue-registrar.ts';
import type { MaintenanceActivities } from './maintenance-activities.ts';

type MaintenanceJob = keyof MaintenanceActivities;

const SECOND_MS = 1_000;
const HOUR_MS = 3_600 * SECOND_MS;

/** In the order of the first runs: partitions first, as a month that has an entry already gets none. */
const EVERY_MS: Readonly<Record<MaintenanceJob, number>> = {
  makeJournalPartitions: 12 * HOUR_MS,
  // Half of the time after which a host counts as silent.
  markLostHosts: 15 * SECOND_MS,
  expireIdempotencyKeys: HOUR_MS / 6,
};

/** The queue of what is due by the clock and names no row. A missed run is made up for by the next one. */
export function createMaintenanceQueue(activities: MaintenanceActivities): QueueSpec<MaintenanceJob> {
  const jobs = Object.keys(EVERY_MS) as MaintenanceJob[];
  return {
    name: 'maintenance',
    concurrency: 1,
    attempts: 3,
    backoffMs: 2 * SECOND_MS,
    schedules: jobs.map((job) => ({ job, everyMs: EVERY_MS[job] })),
    handle: ({ name }) => activities[name](),
  };
}
