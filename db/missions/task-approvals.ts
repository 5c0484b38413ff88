import { type Actor, orchestratorActor } from '../../domain/access/authority.ts';
import { CrewshipError, notFound, wrongState } from '../../domain/errors/crewship-error.ts';
import type { TaskStatus } from '../../domain/missions/task-status.ts';
import { newId } from '../../platform/ids/ids.ts';
import { sql } from '../kernel/sql.ts';
import type { Tx } from '../kernel/transaction.ts';
import { syncMissionClock } from './mission-clock.ts';
import { journalTaskStatus } from './mission-journal.ts';
import type { MissionRow } from './mission-row.ts';
import { tellMission } from './tell-mission.ts';

const KIND = 'task_completion';

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
  const id = newId();
  await tx.execute(sql`
    INSERT INTO approvals (id, workspace_id, crew_id, agent_id, mission_id, kind, subject_type, subject_id, reason,
      payload, required_authority, requested_by, generation)
    VALUES (${id}, ${mission.workspace_id}, ${mission.crew_id}, ${request.agentId}, ${mission.id}, ${KIND}, 'task',
      ${request.taskId}, ${REASONS[request.reason]},
      ${sql.jsonb({ rule: request.reason, confidence: request.confidence, run_id: request.runId })}, 'create',
      ${request.agentId}, ${mission.generation})`);
  journalApproval(tx, mission, 'requested', {
    id,
    taskId: request.taskId,
    agentId: request.agentId,
    actor: orchestratorActor(),
    payload: { rule: request.reason, confidence: request.confidence },
  });
}

export interface TaskDecision {
  readonly verdict: 'approved' | 'denied';
  readonly comment: string | null;
  readonly decidedBy: string | null;
}

/**
 * A person's decision on finished work that waits for one: approved → COMPLETED, denied → FAILED (what depends on it
 * fails in the mission's next step). The mission is locked. Throws `wrong_state` with the state reached when the mission
 * isn't IN_PROGRESS or the task isn't AWAITING_APPROVAL, `not_found`.
 */
export async function decideTaskApproval(
  tx: Tx,
  mission: MissionRow,
  taskId: string,
  decision: TaskDecision,
  actor: Actor,
): Promise<void> {
  const task = await tx.maybeOne<{ status: TaskStatus }>(sql`
    SELECT status FROM tasks WHERE id = ${taskId} AND mission_id = ${mission.id} FOR UPDATE`);
  if (task === null) throw notFound('task');
  if (mission.status !== 'IN_PROGRESS') throw wrongState('mission', mission.status);
  if (task.status !== 'AWAITING_APPROVAL') throw wrongState('task', task.status);
  const approval = await tx.maybeOne<{ id: string; agent_id: string | null }>(sql`
    UPDATE approvals SET status = ${decision.verdict}, decided_by = ${decision.decidedBy}, decided_at = clock_timestamp(),
      decision_comment = ${decision.comment}, updated_at = now()
    WHERE kind = ${KIND} AND subject_type = 'task' AND subject_id = ${taskId} AND status = 'pending'
    RETURNING id, agent_id`);
  if (approval === null) throw new CrewshipError('conflict', 'the task’s approval was already decided');
  const to = decision.verdict === 'approved' ? 'COMPLETED' : 'FAILED';
  await tx.execute(sql`
    UPDATE tasks SET status = ${to}, approval_status = ${decision.verdict}, approved_by = ${decision.decidedBy},
      approved_at = clock_timestamp(), completed_at = clock_timestamp(), updated_at = now(),
      needs_review = false, generation = ${mission.generation},
      error_code = ${to === 'FAILED' ? 'rejected' : null},
      error_message = ${to === 'FAILED' ? (decision.comment ?? 'the result was rejected') : null}
    WHERE id = ${taskId}`);
  await tx.execute(sql`UPDATE missions SET settle_armed = true, updated_at = now() WHERE id = ${mission.id}`);
  journalApproval(tx, mission, decision.verdict === 'approved' ? 'granted' : 'denied', {
    id: approval.id,
    taskId,
    agentId: approval.agent_id,
    actor,
  });
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

/** Closes what a mission still asks people to decide; the mission is locked. */
export async function cancelApprovalsOfMission(tx: Tx, mission: MissionRow, actor: Actor): Promise<void> {
  const open = await tx.any<{ id: string; subject_id: string; agent_id: string | null }>(sql`
    UPDATE approvals SET status = 'cancelled', decided_at = clock_timestamp(), updated_at = now()
    WHERE mission_id = ${mission.id} AND kind = ${KIND} AND status = 'pending'
    RETURNING id, subject_id, agent_id`);
  for (const { id, subject_id: taskId, agent_id: agentId } of open) {
    journalApproval(tx, mission, 'cancelled', { id, taskId, agentId, actor });
  }
}

const SEVERITY = { requested: 'notice', granted: 'info', denied: 'warn', cancelled: 'notice' } as const;

/** `approval.*` of one transition. A person's comment stays in the row. */
function journalApproval(
  tx: Tx,
  mission: MissionRow,
  verb: keyof typeof SEVERITY,
  entry: {
    readonly id: string;
    readonly taskId: string;
    readonly agentId: string | null;
    readonly actor: Actor;
    readonly payload?: Readonly<Record<string, string | number | null>>;
  },
): void {
  tx.journal({
    transitionId: `approval-${entry.id}:${verb === 'requested' ? 'requested' : 'decided'}`,
    type: `approval.${verb}`,
    severity: SEVERITY[verb],
    actor: entry.actor,
    workspaceId: mission.workspace_id,
    crewId: mission.crew_id,
    agentId: entry.agentId,
    missionId: mission.id,
    taskId: entry.taskId,
    targetType: 'approval',
    targetId: entry.id,
    summary: `approval ${verb}`,
    payload: { approval_id: entry.id, kind: KIND, task_id: entry.taskId, ...entry.payload },
    traceId: mission.trace_id,
  });
}
