/** Everything the control worker's workflow bundle exports: one function per actor. */
export { buildWorkflow } from './provisioning/build-workflow.ts';
export { crewWorkflow } from './crews/crew-workflow.ts';
export { escalationWorkflow } from './escalations/escalation-workflow.ts';
export { missionWorkflow } from './missions/mission-workflow.ts';
export { runWorkflow } from './runs/run-workflow.ts';
