import { createCrewRowActivities } from '../activities/crews/crew-row-activities.ts';
import { createEscalationActivities } from '../activities/escalations/escalation-activities.ts';
import { createMissionActivities } from '../activities/missions/mission-activities.ts';
import { createRunRowActivities } from '../activities/runs/run-row-activities.ts';
import { CONTROL_TASK_QUEUE } from '../platform/temporal/workflow-starter.ts';
import { openWorkerProcess } from './process/open-process.ts';
import { runWorker } from './process/run-worker.ts';
import { workflowBundle } from './process/workflow-bundle.ts';

/** Process: all workflows, and the activities on their rows. Any number of these share the `control` queue. */
const worker = await openWorkerProcess('control');
await runWorker(worker, {
  taskQueue: CONTROL_TASK_QUEUE,
  workflowBundle: await workflowBundle(worker.config.CREWSHIP_DATA_DIR),
  activities: {
    ...createMissionActivities(worker),
    ...createRunRowActivities(worker),
    ...createCrewRowActivities(worker),
    ...createEscalationActivities(worker),
  },
});
worker.ready();
