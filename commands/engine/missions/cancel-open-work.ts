import type { Actor } from '../../../domain/kernel/access/authority.ts';
import type { TaskStatus } from '../../../domain/work/missions/task-status.ts';
import { cancelApprovalsOfMission } from '../approvals/approval-commands.ts';
import { cancelEscalationsOfMission } from '../escalations/close-escalation.ts';
import { sql } from '../../../db/kernel/sql.ts';
import type { Tx } from '../../../db/kernel/transaction.ts';
import { requestRunCancels } from '../runs/cancel-run.ts';
import { journalTaskStatus } from './mission-journal.ts';
import type { MissionRow } from '../../../db/work/missions/mission-row.ts';

/**
 * The end of a mission's open work: its open tasks become CANCELLED, waiting runs are cancelled where they stand,
 * running ones are told to stop, and nobody is asked anything on its behalf any more. The mission is locked.
 */
export async function cancelOpenWork(tx: Tx, mission: MissionRow, actor: Actor, reason: string): Promise<void> {
  const tasks = await tx.any<{ id: string; from: TaskStatus }>(sql`
    UPDATE tasks t SET status = 'CANCELLED', completed_at = now(), updated_at = now(), retry_at = NULL
    FROM (SELECT id, status FROM tasks WHERE mission_id = ${mission.id}
          AND status IN ('PENDING', 'BLOCKED', 'IN_PROGRESS', 'AWAITING_APPROVAL') ORDER BY id FOR UPDATE) old
    WHERE t.id = old.id
    RETURNING t.id, old.status AS "from"`);
  for (const task of tasks) {
    journalTaskStatus(tx, mission, {
      taskId: task.id,
      from: task.from,
      to: 'CANCELLED',
      actor,
      reason,
      transitionId: `task-${task.id}-${mission.generation}:cancelled`,
    });
  }
  await cancelApprovalsOfMission(tx, mission, actor);
  await requestRunCancels(tx, mission.id, actor);
  await cancelEscalationsOfMission(tx, mission.id, actor, reason);
}
