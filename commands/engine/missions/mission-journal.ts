import type { Actor } from '../../../domain/kernel/access/authority.ts';
import type { MissionStatus } from '../../../domain/work/missions/mission-status.ts';
import type { TaskStatus } from '../../../domain/work/missions/task-status.ts';
import type { PayloadOf } from '../../../domain/evidence/journal/journal-entries.ts';
import type { Tx } from '../../../db/kernel/transaction.ts';
import type { MissionRow } from '../../../db/work/missions/mission-row.ts';

/** `mission.status_change` of one transition: evaluation and metrics are computed from these. */
export function journalMissionStatus(
  tx: Tx,
  mission: MissionRow,
  change: { to: MissionStatus; generation: number; step: string; actor: Actor; reason?: string | undefined },
): void {
  tx.journal({
    transitionId: `mission-${mission.id}-${change.generation}:${change.step}`,
    type: 'mission.status_change',
    severity: change.to === 'FAILED' ? 'error' : 'notice',
    actor: change.actor,
    workspaceId: mission.workspace_id,
    crewId: mission.crew_id,
    missionId: mission.id,
    targetType: 'mission',
    targetId: mission.id,
    summary: `mission ${mission.status} → ${change.to}`,
    payload: {
      mission_id: mission.id,
      from: mission.status,
      to: change.to,
      generation: change.generation,
      ...(change.reason === undefined ? {} : { reason: change.reason }),
    },
    traceId: mission.trace_id,
  });
}

/** Tells those whose rows follow a mission, in its own transaction and after all that the engine locks for it. */
export function missionMoved(tx: Tx, mission: MissionRow, to: MissionStatus, actor: Actor): Promise<void> {
  return tx.effects.missionMoved(tx, { id: mission.id, workspaceId: mission.workspace_id, to }, actor);
}

/** `task.status_change` of one transition. */
export function journalTaskStatus(
  tx: Tx,
  mission: Pick<MissionRow, 'id' | 'workspace_id' | 'crew_id' | 'trace_id'>,
  change: {
    taskId: string;
    from: TaskStatus;
    to: TaskStatus;
    actor: Actor;
    transitionId?: string;
    agentId?: string | null;
    reason?: string | undefined;
    /** The attempt or the decision that it follows from. */
    payload?: Pick<PayloadOf<'task.status_change'>, 'run_id' | 'iteration' | 'attempt' | 'confidence' | 'approval_id'>;
  },
): void {
  tx.journal({
    ...(change.transitionId === undefined ? {} : { transitionId: change.transitionId }),
    type: 'task.status_change',
    severity: change.to === 'FAILED' ? 'warn' : 'info',
    actor: change.actor,
    workspaceId: mission.workspace_id,
    crewId: mission.crew_id,
    missionId: mission.id,
    taskId: change.taskId,
    agentId: change.agentId ?? null,
    targetType: 'task',
    targetId: change.taskId,
    summary: `task ${change.from} → ${change.to}`,
    payload: {
      task_id: change.taskId,
      from: change.from,
      to: change.to,
      ...(change.reason === undefined ? {} : { reason: change.reason }),
      ...change.payload,
    },
    traceId: mission.trace_id,
  });
}

/** `audit.entity_created` of a task: where its transitions begin. */
export function journalTaskCreated(
  tx: Tx,
  mission: Pick<MissionRow, 'id' | 'workspace_id' | 'crew_id' | 'trace_id'>,
  task: {
    readonly taskId: string;
    readonly status: TaskStatus;
    readonly dependsOn: readonly string[];
    readonly actor: Actor;
  },
): void {
  tx.journal({
    type: 'audit.entity_created',
    actor: task.actor,
    workspaceId: mission.workspace_id,
    crewId: mission.crew_id,
    missionId: mission.id,
    taskId: task.taskId,
    targetType: 'task',
    targetId: task.taskId,
    summary: 'task created',
    payload: { task_id: task.taskId, status: task.status, depends_on: task.dependsOn },
    traceId: mission.trace_id,
  });
}
