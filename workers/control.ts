import { z } from 'zod';
import { createEvalActivities } from '../activities/evidence/eval/eval-activities.ts';
import { createEvalSuiteActivities } from '../activities/evidence/eval/eval-suite-activities.ts';
import { createGapActivities } from '../activities/evidence/gaps/gap-activities.ts';
import { createAnswerCheckActivities } from '../activities/work/pipeline/answer-check-activities.ts';
import { createTestingActivities } from '../activities/evidence/testing/testing-activities.ts';
import { createChatCompactActivities } from '../activities/conversations/chats/chat-compact-activities.ts';
import { createLayoutCleanupActivities } from '../activities/work/artifacts/layout-cleanup-activities.ts';
import { createScaffoldActivities } from '../activities/work/projects/scaffold-activities.ts';
import { createResearchActivities } from '../activities/knowledge/research/research-activities.ts';
import { createIngestActivities } from '../activities/knowledge/files/ingest-activities.ts';
import { createMeditationActivities } from '../activities/knowledge/wiki/meditation-activities.ts';
import { createRowActivities } from '../activities/row-activities.ts';
import { createResealActivities } from '../activities/vault/credentials/reseal-activities.ts';
import { createKeeperJudgeActivities } from '../activities/vault/keeper/keeper-judge-activities.ts';
import { createReconciler, RECONCILE_EVERY_MS } from '../activities/instance/reconcile/reconciler.ts';
import { createLedgerWriter } from '../commands/group-commit/ledger-writer.ts';
import { createAnswerCache } from '../commands/money/llm/answer-cache.ts';
import { createLlmClient } from '../commands/money/llm/llm-client.ts';
import { DOCUMENTS_AT_ONCE, DOCUMENTS_TASK_QUEUE } from '../domain/knowledge/files/documents-queue.ts';
import { JOB_KINDS } from '../domain/work/jobs/job-kinds.ts';
import { createJobRegistry } from '../domain/work/jobs/job-registry.ts';
import { openBlobStore } from '../platform/blob-store/open-blob-store.ts';
import { loadKeyRing } from '../platform/crypto/load-key-ring.ts';
import { createDocumentReader } from '../platform/documents/document-reader.ts';
import { createGuardedClient } from '../platform/guarded-http/guarded-client.ts';
import { openRateCard } from '../platform/rate-card/rate-card-file.ts';
import { createWorkflowLookup } from '../platform/temporal/workflow-lookup.ts';
import { CONTROL_TASK_QUEUE } from '../platform/temporal/workflow-starter.ts';
import { createPageReader } from '../platform/web-pages/page-reader.ts';
import { createSearxngSearch } from '../platform/web-search/searxng-search.ts';
import { keepReconciling } from './process/keep-reconciling.ts';
import { openWorkerProcess } from './process/open-process.ts';
import { runWorker } from './process/run-worker.ts';
import { workflowBundle } from './process/workflow-bundle.ts';

/**
 * Process: all workflows, and the activities on their rows. Any number of these share the `control` queue, and one of
 * them at a time compares rows and workflows.
 */
const worker = await openWorkerProcess('control');
const { config, db, log } = worker;
const jobKinds = createJobRegistry(z, JOB_KINDS);
const keyRing = await loadKeyRing(config);
const blobs = openBlobStore(config);
const ledger = createLedgerWriter({ db, log });
const llm = createLlmClient({
  db,
  keyRing,
  ledger,
  rateCard: openRateCard({ file: config.CREWSHIP_RATE_CARD_FILE, log }),
  urls: { anthropic: config.CREWSHIP_ANTHROPIC_URL, openai: config.CREWSHIP_OPENAI_URL },
  allowed: config.CREWSHIP_OUTBOUND_ALLOW,
  answers: createAnswerCache({ db, keyRing }),
});
// Of the web, whose addresses tenants name.
const web = createGuardedClient({ allowed: config.CREWSHIP_OUTBOUND_ALLOW });
const ingestActivities = createIngestActivities({ db, jobKinds, blobs, documents: createDocumentReader() });
const controlQueue = {
  taskQueue: CONTROL_TASK_QUEUE,
  workflowBundle: await workflowBundle(config.CREWSHIP_DATA_DIR),
  activities: {
    ...createRowActivities({
      ...worker,
      jobKinds,
      images: { miseAliases: config.CREWSHIP_MISE_ALIASES, mirrors: config.CREWSHIP_REGISTRY_MIRRORS },
    }),
    ...createEvalActivities({ db, jobKinds }),
    ...createEvalSuiteActivities({ db, jobKinds }),
    ...createGapActivities({ db, jobKinds }),
    ...createTestingActivities({ db, llm, jobKinds }),
    ...createChatCompactActivities({ db, llm, jobKinds }),
    ...createAnswerCheckActivities({ db, llm, jobKinds }),
    ...createLayoutCleanupActivities({
      ...{ db, llm, jobKinds },
      blobs: { store: blobs, quotaBytes: config.CREWSHIP_BLOB_QUOTA_MB * 1_048_576 },
    }),
    ...createResearchActivities({
      ...{ db, keyRing, jobKinds, llm, client: web },
      search: createSearxngSearch(web),
      reader: createPageReader(),
    }),
    ...createMeditationActivities({ db, keyRing, jobKinds, llm }),
    ...createScaffoldActivities({ db, jobKinds, llm }),
    ...ingestActivities,
    ...createKeeperJudgeActivities({ db, llm }),
    ...createResealActivities({ db, keyRing, jobKinds }),
  },
  // A job's activity hears of its cancellation in the answer to a heartbeat.
  maxHeartbeatThrottleInterval: '1s',
} as const;
await runWorker(worker, controlQueue, {
  taskQueue: DOCUMENTS_TASK_QUEUE,
  activities: ingestActivities,
  maxConcurrentActivityTaskExecutions: DOCUMENTS_AT_ONCE,
  maxHeartbeatThrottleInterval: '1s',
});
const stopping = new AbortController();
const reconciler = createReconciler({
  ...worker,
  workflows: createWorkflowLookup(worker.temporal.client, stopping.signal),
});
const reconciling = keepReconciling({
  turn: async (atBoot) => (await reconciler.run({ force: atBoot })) !== null,
  everyMs: RECONCILE_EVERY_MS,
  log,
  stopping,
});
worker.shutdown.addPhase('reconciler', () => reconciling.stop());
worker.shutdown.addPhase('blob store', async () => blobs.close());
worker.shutdown.addPhase('models', () => llm.close());
worker.shutdown.addPhase('web', () => web.close());
worker.shutdown.addPhase('ledger', () => ledger.close());
worker.ready();
