import { readFile } from 'node:fs/promises';
import { z } from 'zod';
import { createJobRowActivities } from '../../../activities/work/jobs/job-row-activities.ts';
import { createJobRegistry } from '../../../domain/work/jobs/job-registry.ts';
import { CONTROL_TASK_QUEUE } from '../../../platform/temporal/workflow-starter.ts';
import { openWorkerProcess } from '../../../workers/process/open-process.ts';
import { runWorker } from '../../../workers/process/run-worker.ts';
import { createRehearsalActivities } from './rehearsal-activities.ts';
import { rehearsalJob } from './rehearsal-kind.ts';

/** What the control worker is for the product's kinds of jobs, for those of tests: to be killed. */
const worker = await openWorkerProcess('control');
const deps = { ...worker, jobKinds: createJobRegistry(z, [rehearsalJob]) };
await runWorker(worker, {
  taskQueue: CONTROL_TASK_QUEUE,
  workflowBundle: { code: await readFile(process.env.CREWSHIP_TEST_WORKFLOWS!, 'utf8') },
  activities: { ...createJobRowActivities(deps), ...createRehearsalActivities(deps) },
  maxHeartbeatThrottleInterval: '1s',
});
worker.ready();
