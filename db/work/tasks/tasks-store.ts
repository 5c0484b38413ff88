import { notFound } from '../../../domain/kernel/errors/crewship-error.ts';
import type { JsonObject } from '../../../domain/kernel/json/json-value.ts';
import { dollarsFromMicros } from '../../../domain/work/missions/mission.ts';
import type { ManagedTask, ReviewStatus, TaskEvent } from '../../../domain/work/tasks/managed-task.ts';
import {
  ascending,
  descending,
  listOrder,
  newestFirst,
  nextCursor,
  type Page,
  type PageRequest,
  slice,
} from '../../kernel/page.ts';
import type { ReadPool } from '../../kernel/read-pool.ts';
import { type Fragment, type Query, sql } from '../../kernel/sql.ts';
import type { Tx } from '../../kernel/transaction.ts';

type TaskRecord = Omit<ManagedTask, 'depends_on' | 'estimated_cost' | 'duration_ms' | 'review'> & {
  readonly depends_on: readonly string[];
  readonly cost_micros: number;
  readonly review_status: ReviewStatus;
  readonly review_by: string | null;
  readonly review_at: string | null;
  readonly review_note: string | null;
};

/** Whose eyes tasks are seen with. */
export interface TaskReader {
  readonly workspaceId: string;
  readonly userId: string;
}

const columns = sql.fragment`
  t.id, t.mission_id, t.project_id, t.issue_id, t.crew_id, t.assigned_agent_id, a.name AS agent_name,
  a.slug AS agent_slug, t.title, t.description, t.status, t.task_order, array(
    SELECT d.depends_on_task_id FROM task_dependencies d WHERE d.task_id = t.id ORDER BY d.depends_on_task_id
  ) AS depends_on,
  t.iteration, t.max_iterations, t.run_id, t.assignment_id, t.result_summary, t.output_path, t.error_message,
  t.error_code, t.token_count, t.cost_micros, t.started_at, t.completed_at, t.confidence, t.needs_review,
  t.handoff_context, t.evaluation_status, t.evaluation_notes, t.approval_required, t.approval_status, t.approved_by,
  t.approved_at, t.priority, t.due_date::text AS due_date, t.reviewer_id, t.review_status, t.review_by, t.review_at,
  t.review_note, t.labels, t.auto_start, t.job_id, t.created_by, t.version, t.created_at, t.updated_at`;

const source = sql.fragment`
  tasks t LEFT JOIN agents a ON a.workspace_id = t.workspace_id AND a.id = t.assigned_agent_id`;

const seenBy = ({ workspaceId, userId }: TaskReader) => sql.fragment`
  t.workspace_id = ${workspaceId}
  AND (t.project_id IS NULL OR crewship_project_role(t.project_id, ${userId}) IS NOT NULL)`;

function toTask(record: TaskRecord): ManagedTask {
  const {
    cost_micros: costMicros,
    depends_on: dependsOn,
    review_status: status,
    review_by: by,
    review_at: at,
    review_note: note,
    ...task
  } = record;
  const { started_at: from, completed_at: to } = task;
  return {
    ...task,
    depends_on: JSON.stringify(dependsOn),
    estimated_cost: dollarsFromMicros(costMicros),
    duration_ms: from === null || to === null ? null : Date.parse(to) - Date.parse(from),
    review: { status, by, at, note },
  };
}

export interface TaskFilter {
  readonly statuses: readonly string[] | undefined;
  readonly projectId: string | undefined;
  readonly missionId: string | undefined;
  readonly agentId: string | undefined;
  readonly reviewerId: string | undefined;
  readonly priority: string | undefined;
  /** YYYY-MM-DD. */
  readonly dueBefore: string | undefined;
  /** Part of the title. */
  readonly search: string | undefined;
  readonly sort: 'created_at' | 'updated_at' | 'priority' | 'due_date';
}

const BY_ID = descending('text', sql.fragment`t.id`);
const ORDERS = {
  created_at: newestFirst('t'),
  updated_at: listOrder(descending('time', sql.fragment`t.updated_at`), BY_ID),
  priority: listOrder(
    ascending('integer', sql.fragment`array_position(ARRAY['urgent', 'high', 'medium', 'low', 'none'], t.priority)`),
    descending('time', sql.fragment`t.created_at`),
    BY_ID,
  ),
  // Those without a date are the last.
  due_date: listOrder(
    ascending('text', sql.fragment`coalesce(t.due_date::text, 'none')`),
    descending('time', sql.fragment`t.created_at`),
    BY_ID,
  ),
};

function matching(reader: TaskReader, filter: TaskFilter): Fragment {
  const all = [seenBy(reader)];
  if (filter.statuses !== undefined)
    all.push(sql.fragment`t.status = ANY (${sql.array([...filter.statuses], 'text')})`);
  if (filter.projectId !== undefined) all.push(sql.fragment`t.project_id = ${filter.projectId}`);
  if (filter.missionId !== undefined) all.push(sql.fragment`t.mission_id = ${filter.missionId}`);
  if (filter.agentId !== undefined) all.push(sql.fragment`t.assigned_agent_id = ${filter.agentId}`);
  if (filter.reviewerId !== undefined) all.push(sql.fragment`t.reviewer_id = ${filter.reviewerId}`);
  if (filter.priority !== undefined) all.push(sql.fragment`t.priority = ${filter.priority}`);
  if (filter.dueBefore !== undefined) all.push(sql.fragment`t.due_date < ${filter.dueBefore}::date`);
  if (filter.search !== undefined) {
    all.push(sql.fragment`strpos(lower(t.title), lower(${filter.search})) > 0
      AND NOT crewship_is_quarantined('task', t.id)`);
  }
  return sql.fragment`${sql.join(all, sql.fragment` AND `)}`;
}

/** Tasks of missions and of none that this person may see. */
export async function listManagedTasks(
  reads: ReadPool,
  reader: TaskReader,
  filter: TaskFilter,
  page: PageRequest,
): Promise<Page<ManagedTask>> {
  const where = matching(reader, filter);
  const scope = [reader.workspaceId];
  const order = ORDERS[filter.sort];
  const [records, counted] = await Promise.all([
    reads.any<TaskRecord>(
      scope,
      sql`SELECT ${columns}, ${order.key} FROM ${source} WHERE ${where} ${order.after(page)}
        ORDER BY ${order.by} ${slice(page)}`,
    ),
    reads.maybeOne<{ total: number }>(scope, sql`SELECT count(*) AS total FROM tasks t WHERE ${where}`),
  ]);
  return { rows: records.map(toTask), total: counted?.total ?? 0, next: nextCursor(records, page) };
}

const one = (reader: TaskReader, id: string): Query => sql`
  SELECT ${columns} FROM ${source} WHERE t.id = ${id} AND ${seenBy(reader)}`;

/** A task that this person may see. Throws `not_found`. */
export async function readManagedTask(reads: ReadPool, reader: TaskReader, id: string): Promise<ManagedTask> {
  const record = await reads.maybeOne<TaskRecord>([reader.workspaceId], one(reader, id));
  if (record === null) throw notFound('task');
  return toTask(record);
}

/** The same, as the transaction has left it. */
export async function readManagedTaskIn(tx: Tx, reader: TaskReader, id: string): Promise<ManagedTask> {
  const record = await tx.maybeOne<TaskRecord>(one(reader, id));
  if (record === null) throw notFound('task');
  return toTask(record);
}

/** What a task waits for, and what waits for it, without what their reader may not see. */
export async function readTaskDependencies(
  reads: ReadPool,
  reader: TaskReader,
  taskId: string,
  most: number,
): Promise<{ blocked_by: readonly TaskLink[]; blocks: readonly TaskLink[] }> {
  const rows = await reads.any<TaskLink & { way: 'blocked_by' | 'blocks' }>(
    [reader.workspaceId],
    sql`
      SELECT * FROM (
        (SELECT 'blocked_by' AS way, t.id, t.title, t.status FROM task_dependencies d
          JOIN tasks t ON t.id = d.depends_on_task_id
          WHERE d.task_id = ${taskId} AND ${seenBy(reader)} ORDER BY t.id ${sql.limit(most)})
        UNION ALL
        (SELECT 'blocks', t.id, t.title, t.status FROM task_dependencies d JOIN tasks t ON t.id = d.task_id
          WHERE d.depends_on_task_id = ${taskId} AND ${seenBy(reader)} ORDER BY t.id ${sql.limit(most)})
      ) link`,
  );
  const of = (way: 'blocked_by' | 'blocks') =>
    rows.filter((row) => row.way === way).map(({ id, title, status }) => ({ id, title, status }));
  return { blocked_by: of('blocked_by'), blocks: of('blocks') };
}

export interface TaskLink {
  readonly id: string;
  readonly title: string;
  readonly status: ManagedTask['status'];
}

type EventRecord = Omit<TaskEvent, 'actor'> & { actor_type: string; actor_id: string | null; data: JsonObject };

/** Events of a task after a number, in their order; with `newest` the last ones. */
export async function listTaskEvents(
  reads: ReadPool,
  workspaceId: string,
  taskId: string,
  page: { readonly afterSeq: number; readonly limit: number; readonly newest?: true },
): Promise<readonly TaskEvent[]> {
  const order = page.newest === true ? sql.fragment`seq DESC` : sql.fragment`seq`;
  const rows = await reads.any<EventRecord>(
    [workspaceId],
    sql`
      SELECT seq, type, actor_type, actor_id, message, data, created_at FROM task_events
      WHERE task_id = ${taskId} AND workspace_id = ${workspaceId} AND seq > ${page.afterSeq}
      ORDER BY ${order} ${sql.limit(page.limit)}`,
  );
  const events = rows.map(({ actor_type: type, actor_id: id, ...event }) => ({ ...event, actor: { type, id } }));
  return page.newest === true ? events.toReversed() : events;
}
