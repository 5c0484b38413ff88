import { z } from 'zod';
import { createEvalActivities } from '../activities/evidence/eval/eval-activities.ts';
import { createRowActivities } from '../activities/row-activities.ts';
import { createReconciler, RECONCILE_EVERY_MS } from '../activities/instance/reconcile/reconciler.ts';
import { JOB_KINDS } from '../domain/work/jobs/job-kinds.ts';
import { createJobRegistry } from '../domain/work/jobs/job-registry.ts';
import { createWorkflowLookup } from '../platform/temporal/workflow-lookup.ts';
import { CONTROL_TASK_QUEUE } from '../platform/temporal/workflow-starter.ts';
import { keepReconciling } from './process/keep-reconciling.ts';
import { openWorkerProcess } from './process/open-process.ts';
import { runWorker } from './process/run-worker.ts';
import { workflowBundle } from './process/workflow-bundle.ts';

/**
 * Process: all workflows, and the activities on their rows. Any number of these share the `control` queue, and one of
 * them at a time compares rows and workflows.
 */
const worker = await openWorkerProcess('control');
const jobKinds = createJobRegistry(z, JOB_KINDS);
await runWorker(worker, {
  taskQueue: CONTROL_TASK_QUEUE,
  workflowBundle: await workflowBundle(worker.config.CREWSHIP_DATA_DIR),
  activities: {
    ...createRowActivities({
      ...worker,
      jobKinds,
      images: { miseAliases: worker.config.CREWSHIP_MISE_ALIASES, mirrors: worker.config.CREWSHIP_REGISTRY_MIRRORS },
    }),
    ...createEvalActivities({ db: worker.db, jobKinds }),
  },
  // A job's activity hears of its cancellation in the answer to a heartbeat.
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
  log: worker.log,
  stopping,
});
worker.shutdown.addPhase('reconciler', () => reconciling.stop());
worker.ready();
