import type { QueueSpec } from '../../../platform/queues/queue-registrar.ts';
import type { MaintenanceActivities } from './maintenance-activities.ts';

type MaintenanceJob = keyof MaintenanceActivities;

const SECOND_MS = 1_000;
const MINUTE_MS = 60 * SECOND_MS;
const HOUR_MS = 60 * MINUTE_MS;

/** In the order of the first runs: partitions first, as a month that has an entry already gets none. */
const EVERY_MS: Readonly<Record<MaintenanceJob, number>> = {
  makeJournalPartitions: 12 * HOUR_MS,
  // Half of the time after which a host counts as silent.
  markLostHosts: 15 * SECOND_MS,
  expireIdempotencyKeys: 10 * MINUTE_MS,
  // Graces are counted in hours; a value that is past its own is not tried any more, only still there.
  expireRotations: 5 * MINUTE_MS,
  // Past its time a port gives nothing already; this says so in its row and its entry.
  expireExposures: MINUTE_MS,
  // What is deleted has been over for days.
  expireProvisioning: HOUR_MS,
  // What is deleted counts for nothing already.
  expireIdentity: 10 * MINUTE_MS,
  expireMails: 10 * MINUTE_MS,
  expireDeliveries: 10 * MINUTE_MS,
  expireJobEvents: HOUR_MS,
  expireAnswers: HOUR_MS,
  expireToolUses: HOUR_MS,
  collectBlobs: 10 * MINUTE_MS,
  expireKeeperOutput: HOUR_MS,
  watchKeeperHealth: 5 * MINUTE_MS,
  resealSecrets: HOUR_MS,
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
