import type { TaskView } from '../../../domain/work/missions/decide-next-steps.ts';
import { TASK_STATUSES, type TaskCounts, type TaskStatus } from '../../../domain/work/missions/task-status.ts';
import { sql } from '../../kernel/sql.ts';
import type { Tx } from '../../kernel/transaction.ts';
import type { MissionRow } from './mission-row.ts';

/** As much of a mission as its next step depends on. */
export interface Frontier {
  /** The database's clock. */
  readonly nowMs: number;
  /** The tasks that the step may move, in the mission's order. */
  readonly tasks: readonly TaskView[];
  /** How many of its other tasks are in each state. */
  readonly others: TaskCounts;
}

interface FrontierTask {
  readonly id: string;
  readonly status: TaskStatus;
  readonly run_id: string | null;
  readonly retry_at_ms: number | null;
  readonly hopeless: boolean;
}

/** Stands for the dependency of a hopeless task that failed: none of the tasks that are read has this id. */
const FAILED_DEPENDENCY = ['failed'];

/**
 * Reads what the next step of a locked mission depends on, in one statement whose cost is that of the tasks it finds:
 * BLOCKED tasks that wait for nothing any more; tasks without an attempt behind a dependency that failed, through any
 * chain; and, unless the mission is paused, PENDING tasks that are due and the next one that will be. The database
 * keeps the counts that this reads (migration 0004).
 */
export async function readFrontier(tx: Tx, mission: MissionRow): Promise<Frontier> {
  // What is due is read with some milliseconds to spare: the step decides by the time in the answer. The statement's
  // own time, as a volatile clock would keep the index from being searched by it.
  const running = mission.paused_at === null;
  const { now_ms: nowMs, tasks } = await tx.one<{ now_ms: number; tasks: readonly FrontierTask[] }>(sql`
    WITH RECURSIVE doomed AS (
      SELECT id FROM tasks
      WHERE mission_id = ${mission.id} AND hopeless AND status IN ('BLOCKED', 'PENDING') AND run_id IS NULL
      UNION
      SELECT t.id FROM doomed
      JOIN task_dependencies d ON d.depends_on_task_id = doomed.id
      JOIN tasks t ON t.id = d.task_id
      WHERE t.status IN ('BLOCKED', 'PENDING') AND t.run_id IS NULL
    ), found AS (
      SELECT id, true AS hopeless FROM doomed
      UNION ALL
      SELECT id, false FROM tasks WHERE mission_id = ${mission.id} AND status = 'BLOCKED' AND NOT waits
      UNION ALL
      SELECT id, false FROM tasks
      WHERE mission_id = ${mission.id} AND status = 'PENDING' AND run_id IS NULL AND retry_at IS NULL AND ${running}
      UNION ALL
      SELECT id, false FROM tasks
      WHERE mission_id = ${mission.id} AND status = 'PENDING' AND run_id IS NULL AND ${running}
        AND retry_at <= statement_timestamp() + interval '10 milliseconds'
      UNION ALL
      SELECT id, false FROM (
        SELECT id FROM tasks
        WHERE mission_id = ${mission.id} AND status = 'PENDING' AND run_id IS NULL AND ${running}
          AND retry_at > statement_timestamp() + interval '10 milliseconds'
        ORDER BY retry_at LIMIT 1
      ) later
    )
    SELECT (extract(epoch FROM statement_timestamp()) * 1000)::bigint AS now_ms, coalesce((
      SELECT jsonb_agg(jsonb_build_object('id', t.id, 'status', t.status, 'run_id', t.run_id,
          'retry_at_ms', floor(extract(epoch FROM t.retry_at) * 1000), 'hopeless', f.hopeless)
        ORDER BY t.task_order, t.created_at, t.id)
      FROM (SELECT id, bool_or(hopeless) AS hopeless FROM found GROUP BY id) f JOIN tasks t ON t.id = f.id
    ), '[]') AS tasks`);
  const others = { ...mission.task_counts };
  for (const task of tasks) others[task.status] -= 1;
  return { nowMs, tasks: tasks.map(toView), others };
}

function toView(task: FrontierTask): TaskView {
  return {
    id: task.id,
    status: task.status,
    dependsOn: task.hopeless ? FAILED_DEPENDENCY : [],
    runId: task.run_id,
    retryAtMs: task.retry_at_ms,
  };
}

/** The states that any task is in, for operators. */
export function shownCounts(counts: TaskCounts): Record<string, number> {
  return Object.fromEntries(TASK_STATUSES.flatMap((status) => (counts[status] > 0 ? [[status, counts[status]]] : [])));
}
