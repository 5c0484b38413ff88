import { createMaintenanceActivities } from '../activities/instance/maintenance/maintenance-activities.ts';
import { createMaintenanceQueue } from '../activities/instance/maintenance/maintenance-queue.ts';
import { createSealer } from '../commands/evidence/journal-log/sealer.ts';
import { createSigningKeys } from '../commands/instance/keys/signing-keys.ts';
import { createMailQueue } from '../activities/people/mail/mail-queue.ts';
import { openBlobStore } from '../platform/blob-store/open-blob-store.ts';
import { loadKeyRing } from '../platform/crypto/load-key-ring.ts';
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
shutdown.addPhase('queues', () => queues.close());
shutdown.addPhase('blob store', () => blobs.close());
shutdown.addPhase('mail', () => transport?.close());
const keys = createSigningKeys({ database: db, keyRing, purpose: 'journal_checkpoint' });
const sealer = createSealer({ db, keys, log });
shutdown.addPhase('journal sealer', () => sealer.stop());
queues.start();
await sealer.listen(worker.bus);
await mails?.listen(worker.bus);
worker.ready();
