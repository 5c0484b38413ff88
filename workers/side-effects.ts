import { createMaintenanceActivities } from '../activities/instance/maintenance/maintenance-activities.ts';
import { createMaintenanceQueue } from '../activities/instance/maintenance/maintenance-queue.ts';
import { loadKeyRing } from '../platform/crypto/load-key-ring.ts';
import { createQueueRegistrar } from '../platform/queues/queue-registrar.ts';
import { openWorkerProcess } from './process/open-process.ts';

/** Process: the BullMQ queues, for what is neither a decision nor fan-out. Any number of these share the work. */
const worker = await openWorkerProcess('side-effects');
const { config, db, log, shutdown } = worker;
const queues = createQueueRegistrar({ redisUrl: config.REDIS_URL, stackId: config.CREWSHIP_STACK_ID, log });
const activities = createMaintenanceActivities({ db, log, keyRing: await loadKeyRing(config) });
queues.registerQueue(createMaintenanceQueue(activities));
shutdown.addPhase('queues', () => queues.close());
queues.start();
worker.ready();
