import { jobPrograms } from './job-programs.ts';
import { createJobWorkflow } from './work/jobs/job-workflow.ts';

/** Everything the control worker's workflow bundle exports: one function per kind of row. */
export { buildWorkflow } from './crews/provisioning/build-workflow.ts';
export { crewWorkflow } from './crews/crews/crew-workflow.ts';
export { approvalWorkflow } from './people/approvals/approval-workflow.ts';
export { escalationWorkflow } from './people/escalations/escalation-workflow.ts';
export { keeperWorkflow } from './vault/keeper/keeper-workflow.ts';
export { missionWorkflow } from './work/missions/mission-workflow.ts';
export { runWorkflow } from './work/runs/run-workflow.ts';
export const jobWorkflow = createJobWorkflow(jobPrograms);
/** The same, for jobs whose workflows have a name of their own. */
export const evalWorkflow = createJobWorkflow(jobPrograms);
