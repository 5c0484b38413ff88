import { createMaintenanceActivities } from '../activities/instance/maintenance/maintenance-activities.ts';
import { createMaintenanceQueue } from '../activities/instance/maintenance/maintenance-queue.ts';
import { createCourier } from '../commands/people/deliveries/courier.ts';
import { createSealer } from '../commands/evidence/journal-log/sealer.ts';
import { createSigningKeys } from '../commands/instance/keys/signing-keys.ts';
import { createDeliveryQueue } from '../activities/people/deliveries/delivery-queue.ts';
import { createMailQueue } from '../activities/people/mail/mail-queue.ts';
import { openBlobStore } from '../platform/blob-store/open-blob-store.ts';
import { loadKeyRing } from '../platform/crypto/load-key-ring.ts';
import { createGuardedClient } from '../platform/guarded-http/guarded-client.ts';
import { createMailTransport } from '../platform/mail/mail-transport.ts';
import { createQueueRegistrar } from '../platform/queues/queue-registrar.ts';
import { openWorkerProcess } from './process/open-process.ts';

/** Process: the BullMQ queues, for what is neither a decision nor fan-out. Any number of these share the work. */
const worker = await openWorkerProcess('side-effects');
const { config, db, log, shutdown } = worker;
const queues = createQueueRegistrar({ redisUrl: config.REDIS_URL, stackId: config.CREWSHIP_STACK_ID, log });
const keyRing = await loadKeyRing(config);
const blobs = openBlobStore(config);
queues.registerQueue(createMaintenanceQueue(createMaintenanceActivities({ db, log, keyRing, blobs })));
const { CREWSHIP_SMTP_URL: smtp, CREWSHIP_MAIL_FROM: from, CREWSHIP_PUBLIC_URL: publicUrl } = config;
const transport = smtp === undefined || from === undefined ? null : createMailTransport(smtp, from);
const mails =
  transport === null || publicUrl === undefined
    ? null
    : createMailQueue({ db, keyRing, transport, publicUrl, queues, log });
const outbound = createGuardedClient({ allowed: config.CREWSHIP_OUTBOUND_ALLOW });
const courier = createCourier({ mail: publicUrl === undefined ? null : transport, client: outbound });
const deliveries = createDeliveryQueue({ db, keyRing, courier, publicUrl: publicUrl ?? null, queues, log });
shutdown.addPhase('queues', () => queues.close());
shutdown.addPhase('blob store', () => blobs.close());
shutdown.addPhase('mail', () => transport?.close());
shutdown.addPhase('outbound calls', () => outbound.close());
const keys = createSigningKeys({ database: db, keyRing, purpose: 'journal_checkpoint' });
const sealer = createSealer({ db, keys, log });
shutdown.addPhase('journal sealer', () => sealer.stop());
queues.start();
await sealer.listen(worker.bus);
await mails?.listen(worker.bus);
await deliveries.listen(worker.bus);
worker.ready();
