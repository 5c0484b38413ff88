import type { WorkflowKind } from '../../../domain/kernel/outbox/outbox-command.ts';
import type { DrivenWorkflow } from '../../../db/kernel/driven-workflow.ts';
import { drivenApproval } from '../../engine/approvals/driven-approval.ts';
import { drivenCrew } from '../../engine/crews/driven-crew.ts';
import { drivenEscalation } from '../../engine/escalations/driven-escalation.ts';
import { drivenEval, drivenJob } from '../../engine/jobs/driven-job.ts';
import { drivenKeeper } from '../../engine/keeper/driven-keeper.ts';
import { drivenMission } from '../../engine/missions/driven-mission.ts';
import { drivenBuild } from '../../engine/provisioning/driven-build.ts';
import { drivenRun } from '../../engine/runs/driven-run.ts';

/** Whose rows are compared with workflows. */
export const drivenWorkflows: Readonly<Record<WorkflowKind, DrivenWorkflow>> = {
  mission: drivenMission,
  run: drivenRun,
  crew: drivenCrew,
  escalation: drivenEscalation,
  approval: drivenApproval,
  keeper: drivenKeeper,
  build: drivenBuild,
  job: drivenJob,
  eval: drivenEval,
};
