import type { Decision } from '../../../domain/people/approvals/approval.ts';
import { type Actor, orchestratorActor } from '../../../domain/kernel/access/authority.ts';
import { notFound, wrongState } from '../../../domain/kernel/errors/crewship-error.ts';
import type { ReviewStatus } from '../../../domain/work/tasks/managed-task.ts';
import type { TaskStatus } from '../../../domain/work/missions/task-status.ts';
import { openApproval, settleApproval } from '../approvals/approval-commands.ts';
import { refuseBlockedReview } from '../tasks/blocked-review.ts';
import { TASK_APPROVAL } from '../tasks/task-approval-kind.ts';
import { sql } from '../../../db/kernel/sql.ts';
import type { Tx } from '../../../db/kernel/transaction.ts';
import { syncMissionClock } from './mission-clock.ts';
import { journalTaskStatus } from './mission-journal.ts';
import type { MissionRow } from '../../../db/work/missions/mission-row.ts';
import { tellMission } from './tell-mission.ts';

const REASONS = {
  approval_required: 'the task requires approval',
  low_confidence: 'the agent’s confidence is below what the crew accepts without approval',
} as const;

/** Opens the decision on a task that has become AWAITING_APPROVAL in the same transaction. */
export async function requestTaskApproval(
  tx: Tx,
  mission: MissionRow,
  request: {
    readonly taskId: string;
    readonly agentId: string | null;
    readonly runId: string;
    readonly reason: keyof typeof REASONS;
    readonly confidence: number | null;
  },
): Promise<void> {
  await openApproval(
    tx,
    {
      kind: TASK_APPROVAL,
      subjectType: 'task',
      subjectId: request.taskId,
      workspaceId: mission.workspace_id,
      crewId: mission.crew_id,
      agentId: request.agentId,
      missionId: mission.id,
      reason: REASONS[request.reason],
      payload: { rule: request.reason, confidence: request.confidence, run_id: request.runId },
      journalled: { rule: request.reason, confidence: request.confidence },
      requiredAuthority: 'create',
      generation: mission.generation,
      traceId: mission.trace_id,
    },
    orchestratorActor(),
  );
}

/**
 * A person's decision on finished work that waits for one: approved → COMPLETED, denied → FAILED (what depends on it
 * fails in the mission's next step). The mission is locked. Throws `wrong_state` with the state reached when the
 * mission isn't IN_PROGRESS or the task isn't AWAITING_APPROVAL, `not_found`.
 */
export async function decideTaskApproval(
  tx: Tx,
  mission: MissionRow,
  taskId: string,
  decision: Decision,
  actor: Actor,
): Promise<void> {
  const task = await tx.maybeOne<{ status: TaskStatus; review_status: ReviewStatus; review_by: string | null }>(sql`
    SELECT status, review_status, review_by FROM tasks WHERE id = ${taskId} AND mission_id = ${mission.id} FOR UPDATE`);
  if (task === null) throw notFound('task');
  if (mission.status !== 'IN_PROGRESS') throw wrongState('mission', mission.status);
  if (task.status !== 'AWAITING_APPROVAL') throw wrongState('task', task.status);
  await refuseBlockedReview(tx, { ...task, workspace_id: mission.workspace_id }, decision.decidedBy);
  const approval = await settleApproval(tx, { kind: TASK_APPROVAL, subjectType: 'task', subjectId: taskId }, decision, {
    actor,
    traceId: mission.trace_id,
  });
  const to = decision.verdict === 'approved' ? 'COMPLETED' : 'FAILED';
  await tx.execute(sql`
    UPDATE tasks SET status = ${to}, approval_status = ${decision.verdict}, approved_by = ${decision.decidedBy},
      approved_at = clock_timestamp(), completed_at = clock_timestamp(), updated_at = now(),
      needs_review = false, generation = ${mission.generation},
      error_code = ${to === 'FAILED' ? 'rejected' : null},
      error_message = ${to === 'FAILED' ? (decision.comment ?? 'the result was rejected') : null}
    WHERE id = ${taskId}`);
  await tx.execute(sql`UPDATE missions SET settle_armed = true, updated_at = now() WHERE id = ${mission.id}`);
  journalTaskStatus(tx, mission, {
    taskId,
    from: task.status,
    to,
    actor,
    agentId: approval.agent_id,
    reason: decision.verdict,
    transitionId: `approval-${approval.id}:task-decided`,
    payload: { approval_id: approval.id },
  });
  await syncMissionClock(tx, mission.id);
  tellMission(tx, mission);
}
