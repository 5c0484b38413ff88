import pg from 'pg';
import { createMaintenanceActivities } from '../activities/maintenance/maintenance-activities.ts';
import { createMaintenanceQueue } from '../activities/maintenance/maintenance-queue.ts';
import { loadKeyRing } from '../platform/crypto/load-key-ring.ts';
import { createQueueRegistrar } from '../platform/queues/queue-registrar.ts';
import { openWorkerProcess } from './process/open-process.ts';

/** Process: the BullMQ queues, for what is neither a decision nor fan-out. Any number of these share the work. */
const worker = await openWorkerProcess('side-effects');
const { config, db, log, shutdown } = worker;
const ownerUrl = config.DATABASE_URL;

async function connectOwner(): Promise<pg.Client> {
  const client = new pg.Client({ connectionString: ownerUrl, application_name: 'crewship-partitions' });
  client.on('error', (error) => log.warn({ err: error }, 'the owner connection broke'));
  await client.connect();
  return client;
}

const queues = createQueueRegistrar({ redisUrl: config.REDIS_URL, stackId: config.CREWSHIP_STACK_ID, log });
const activities = createMaintenanceActivities({
  db,
  log,
  keyRing: await loadKeyRing(config),
  connectOwner: ownerUrl === undefined ? undefined : connectOwner,
});
queues.registerQueue(createMaintenanceQueue(activities));
shutdown.addPhase('queues', () => queues.close());
queues.start();
worker.ready();
