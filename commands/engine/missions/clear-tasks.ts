import type { Actor } from '../../../domain/kernel/access/authority.ts';
import type { TaskStatus } from '../../../domain/work/missions/task-status.ts';
import { sql } from '../../../db/kernel/sql.ts';
import type { Tx } from '../../../db/kernel/transaction.ts';
import { journalTaskStatus } from './mission-journal.ts';
import type { MissionRow } from '../../../db/work/missions/mission-row.ts';

/**
 * Clears tasks of a locked mission for another try in a new generation: results and approvals gone, next iteration,
 * PENDING, or BLOCKED by a dependency that is cleared too or not satisfied. What they have cost stays counted.
 */
export async function clearTasks(
  tx: Tx,
  mission: MissionRow,
  options: {
    readonly generation: number;
    readonly taskIds: readonly string[];
    readonly actor: Actor;
    readonly reason: string;
  },
): Promise<void> {
  const ids = sql.array(options.taskIds, 'text');
  const cleared = await tx.any<{ id: string; from: TaskStatus; to: TaskStatus }>(sql`
    UPDATE tasks t SET generation = ${options.generation}, iteration = t.iteration + 1, run_id = NULL, retry_at = NULL,
      result_summary = NULL, output_path = NULL, error_message = NULL, error_code = NULL, confidence = NULL,
      needs_review = false, handoff_context = NULL, approval_status = NULL, approved_by = NULL, approved_at = NULL,
      started_at = NULL, completed_at = NULL, updated_at = now(),
      status = CASE WHEN EXISTS (
        SELECT 1 FROM task_dependencies d JOIN tasks dependency ON dependency.id = d.depends_on_task_id
        WHERE d.task_id = t.id
          AND (dependency.id IN (SELECT unnest(${ids})) OR dependency.status NOT IN ('COMPLETED', 'SKIPPED'))
      ) THEN 'BLOCKED' ELSE 'PENDING' END
    FROM (SELECT id, status FROM tasks
      WHERE mission_id = ${mission.id} AND id = ANY (${ids}) ORDER BY id FOR UPDATE) old
    WHERE t.id = old.id
    RETURNING t.id, old.status AS "from", t.status AS "to"`);
  for (const { id, from, to } of cleared) {
    if (from === to) continue;
    journalTaskStatus(tx, mission, {
      taskId: id,
      from,
      to,
      actor: options.actor,
      reason: options.reason,
      transitionId: `task-${id}-${options.generation}:cleared`,
    });
  }
}
