import { notFound } from '../../../domain/kernel/errors/crewship-error.ts';
import { dollarsFromMicros, type Task } from '../../../domain/work/missions/mission.ts';
import { ascending, listOrder, type PageRequest, slice } from '../../kernel/page.ts';
import type { ReadPool } from '../../kernel/read-pool.ts';
import { type Fragment, type Query, sql } from '../../kernel/sql.ts';
import type { Tx } from '../../kernel/transaction.ts';

const ORDER = listOrder(
  ascending('integer', sql.fragment`t.task_order`),
  ascending('time', sql.fragment`t.created_at`),
  ascending('text', sql.fragment`t.id`),
);

type TaskRecord = Omit<Task, 'depends_on' | 'estimated_cost' | 'duration_ms'> & {
  readonly depends_on: readonly string[];
  readonly cost_micros: number;
};

const select = (condition: Fragment, key: Fragment = sql.fragment`NULL AS page_key`): Fragment => sql.fragment`
  SELECT t.id, t.mission_id, t.assigned_agent_id, a.name AS agent_name, a.slug AS agent_slug, t.title, t.description,
    t.status, t.task_order, array(
      SELECT d.depends_on_task_id FROM task_dependencies d WHERE d.task_id = t.id ORDER BY d.depends_on_task_id
    ) AS depends_on,
    t.iteration, t.max_iterations, t.run_id, t.assignment_id, t.result_summary, t.output_path, t.error_message,
    t.error_code, t.token_count, t.cost_micros, t.started_at, t.completed_at, t.confidence, t.needs_review,
    t.handoff_context, t.evaluation_status, t.evaluation_notes, t.approval_required, t.approval_status, t.approved_by,
    t.approved_at, t.created_at, t.updated_at, ${key}
  FROM tasks t LEFT JOIN agents a ON a.workspace_id = t.workspace_id AND a.id = t.assigned_agent_id
  WHERE ${condition}`;

function toTask({ cost_micros: costMicros, depends_on: dependsOn, ...task }: TaskRecord): Task {
  const { started_at: from, completed_at: to } = task;
  return {
    ...task,
    depends_on: JSON.stringify(dependsOn),
    estimated_cost: dollarsFromMicros(costMicros),
    duration_ms: from === null || to === null ? null : Date.parse(to) - Date.parse(from),
  };
}

/** The first tasks of each of these missions, in their order: one query. */
export async function listTasksOf(
  any: (query: Query) => Promise<readonly TaskRecord[]>,
  missionIds: readonly string[],
  mostOfEach: number,
): Promise<Task[]> {
  if (missionIds.length === 0) return [];
  const records = await any(sql`
    SELECT task.* FROM unnest(${sql.array([...missionIds], 'text')}) WITH ORDINALITY AS wanted(mission_id, place)
    CROSS JOIN LATERAL (
      ${select(sql.fragment`t.mission_id = wanted.mission_id`)}
      ORDER BY t.task_order, t.created_at, t.id ${sql.limit(mostOfEach)}
    ) task
    ORDER BY wanted.place, task.task_order, task.created_at, task.id`);
  return records.map(toTask);
}

/**
 * A page of a mission's tasks in their order, and how many it has, or how many have `search` in their title. Throws
 * `not_found`; another crew's reads alike.
 */
export async function listTasks(
  reads: ReadPool,
  workspaceId: string,
  mission: { readonly crewId: string; readonly id: string },
  page: PageRequest,
  search?: string,
): Promise<{ tasks: readonly Task[]; total: number }> {
  const matches =
    search === undefined ? sql.fragment`` : sql.fragment`AND strpos(lower(t.title), lower(${search})) > 0`;
  const found = await reads.maybeOne<{ total: number }>(
    [workspaceId],
    sql`
      SELECT ${
        search === undefined
          ? sql.fragment`tasks_pending + tasks_blocked + tasks_in_progress + tasks_awaiting_approval
              + tasks_completed + tasks_failed + tasks_skipped + tasks_cancelled`
          : sql.fragment`(SELECT count(*) FROM tasks t WHERE t.mission_id = missions.id ${matches})`
      } AS total
      FROM missions WHERE id = ${mission.id} AND crew_id = ${mission.crewId}`,
  );
  if (found === null) throw notFound('mission');
  const records = await reads.any<TaskRecord>(
    [workspaceId],
    sql`${select(sql.fragment`t.mission_id = ${mission.id} ${matches} ${ORDER.after(page)}`, ORDER.key)}
      ORDER BY ${ORDER.by} ${slice(page)}`,
  );
  return { tasks: records.map(toTask), total: found.total };
}

/** The task as the transaction has left it. */
export async function getTaskIn(tx: Tx, missionId: string, taskId: string): Promise<Task> {
  const record = await tx.maybeOne<TaskRecord>(
    sql`${select(sql.fragment`t.id = ${taskId} AND t.mission_id = ${missionId}`)}`,
  );
  if (record === null) throw notFound('task');
  return toTask(record);
}
