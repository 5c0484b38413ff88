import { notFound } from '../../../domain/kernel/errors/crewship-error.ts';
import {
  dollarsFromMicros,
  type Mission,
  missionNumber,
  type Task,
  TASKS_SHOWN,
  TASKS_SHOWN_IN_LIST,
} from '../../../domain/work/missions/mission.ts';
import type { MissionStatus } from '../../../domain/work/missions/mission-status.ts';
import type { TaskStatus } from '../../../domain/work/missions/task-status.ts';
import { newestFirst, type PageRequest, slice } from '../../kernel/page.ts';
import type { ReadPool } from '../../kernel/read-pool.ts';
import { type Fragment, type Query, sql } from '../../kernel/sql.ts';
import type { Tx } from '../../kernel/transaction.ts';
import { listTasksOf } from './read-tasks.ts';

const ORDER = newestFirst('m');

export interface MissionFilter {
  /** null: every crew of the workspace, deleted ones too. */
  readonly crewId: string | null;
  readonly status?: MissionStatus | undefined;
  /** Part of the title of the mission or of one of its tasks, in any case. */
  readonly search?: string | undefined;
}

type MissionRecord = Omit<Mission, 'total_estimated_cost' | 'timeout_seconds' | 'task_stats'> & {
  readonly total_cost_micros: number;
  readonly timeout_ms: number;
} & { readonly [Status in Lowercase<TaskStatus> as `tasks_${Status}`]: number };

const rfc3339 = sql.fragment`'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'`;

/** Who paused a mission that is under way: itself, its crew or its workspace, the widest first. */
const waitingForPause = sql.fragment`CASE WHEN m.status = 'IN_PROGRESS' THEN (
  SELECT jsonb_build_object('kind', 'clock', 'detail', p.detail,
    'since', to_char(p.since AT TIME ZONE 'UTC', ${rfc3339}))
  FROM (SELECT 1 AS place, w.paused_at AS since, 'workspace_paused' AS detail FROM workspaces w
      WHERE w.id = m.workspace_id
    UNION ALL SELECT 2, c.paused_at, 'crew_paused' FROM crews c WHERE c.id = m.crew_id
    UNION ALL SELECT 3, m.paused_at, 'mission_paused') p
  WHERE p.since IS NOT NULL ORDER BY p.place LIMIT 1) END AS waiting_for`;

/** Decorated after the slice is cut: names are looked up for the returned missions only. */
const decorated = (missions: Fragment): Fragment => sql.fragment`
  SELECT m.id, m.identifier, m.workspace_id, m.crew_id, m.lead_agent_id, a.name AS lead_agent_name,
    a.slug AS lead_agent_slug, m.trace_id, m.title, m.description, m.status, m.plan, m.workflow_template, m.timeout_ms,
    m.total_token_count, m.total_cost_micros, m.failure_reason, m.paused_at, m.deadline_at, m.clock_stopped_at,
    m.started_at, m.completed_at, m.created_at, m.updated_at, m.tasks_pending, m.tasks_blocked, m.tasks_in_progress,
    m.tasks_awaiting_approval, m.tasks_completed, m.tasks_failed, m.tasks_skipped, m.tasks_cancelled,
    CASE WHEN m.planning_iteration IS NOT NULL THEN jsonb_build_object('iteration', m.planning_iteration,
      'run_id', m.planning_run_id, 'problems', to_jsonb(coalesce(m.plan_problems, '{}'))) END AS planning,
    ${waitingForPause}, ${ORDER.key}
  FROM (${missions}) m
  JOIN agents a ON a.workspace_id = m.workspace_id AND a.id = m.lead_agent_id`;

function toMission(record: MissionRecord, tasks?: readonly Task[]): Mission {
  const {
    tasks_pending: pending,
    tasks_blocked: blocked,
    tasks_in_progress: in_progress,
    tasks_awaiting_approval: awaiting_approval,
    tasks_completed: completed,
    tasks_failed: failed,
    tasks_skipped: skipped,
    tasks_cancelled: cancelled,
    total_cost_micros: costMicros,
    timeout_ms: timeoutMs,
    ...mission
  } = record;
  const counts = { pending, blocked, in_progress, awaiting_approval, completed, failed, skipped, cancelled };
  return {
    ...mission,
    timeout_seconds: Math.round(timeoutMs / 1_000),
    total_estimated_cost: dollarsFromMicros(costMicros),
    task_stats: { total: Object.values(counts).reduce((sum, count) => sum + count, 0), ...counts },
    ...(tasks === undefined ? {} : { tasks }),
  };
}

function conditions(workspaceId: string, filter: MissionFilter): Fragment {
  const all: Fragment[] = [sql.fragment`m.workspace_id = ${workspaceId}`];
  if (filter.crewId !== null) all.push(sql.fragment`m.crew_id = ${filter.crewId}`);
  if (filter.status !== undefined) all.push(sql.fragment`m.status = ${filter.status}`);
  if (filter.search !== undefined) {
    all.push(sql.fragment`(strpos(lower(m.title), lower(${filter.search})) > 0 OR EXISTS (
      SELECT 1 FROM tasks t WHERE t.mission_id = m.id AND strpos(lower(t.title), lower(${filter.search})) > 0))`);
  }
  return sql.fragment`${sql.join(all, sql.fragment` AND `)}`;
}

/** Missions newest first, with the first of their tasks on request: two queries whatever the number. */
export async function listMissions(
  reads: ReadPool,
  workspaceId: string,
  filter: MissionFilter,
  page: PageRequest,
  options: { readonly includeTasks: boolean },
): Promise<Mission[]> {
  const missions = sql.fragment`
    SELECT m.* FROM missions m WHERE ${conditions(workspaceId, filter)} ${ORDER.after(page)}
    ORDER BY ${ORDER.by} ${slice(page)}`;
  const records = await reads.any<MissionRecord>([workspaceId], sql`${decorated(missions)} ORDER BY ${ORDER.by}`);
  if (!options.includeTasks) return records.map((record) => toMission(record));
  const ids = records.map((record) => record.id);
  const tasks = Map.groupBy(
    await listTasksOf((query) => reads.any([workspaceId], query), ids, TASKS_SHOWN_IN_LIST),
    (task) => task.mission_id,
  );
  return records.map((record) => toMission(record, tasks.get(record.id) ?? []));
}

/** How many missions match. */
export async function countMissions(reads: ReadPool, workspaceId: string, filter: MissionFilter): Promise<number> {
  const row = await reads.maybeOne<{ total: number }>(
    [workspaceId],
    sql`SELECT count(*) AS total FROM missions m WHERE ${conditions(workspaceId, filter)}`,
  );
  return row?.total ?? 0;
}

function byId(crewId: string, missionId: string): Query {
  return sql`${decorated(sql.fragment`
    SELECT m.* FROM missions m WHERE m.id = ${missionId} AND m.crew_id = ${crewId}`)}`;
}

/** Ids of a workspace's missions by their identifiers; those that it has not are left out. */
export async function idsOfMissions(
  reads: ReadPool,
  workspaceId: string,
  identifiers: readonly string[],
): Promise<ReadonlyMap<string, string>> {
  const numbers = identifiers.map(missionNumber);
  const rows = await reads.any<{ id: string; identifier: string }>(
    [workspaceId],
    sql`SELECT id, identifier FROM missions
      WHERE workspace_id = ${workspaceId} AND number = ANY (${sql.array(numbers, 'int4')})`,
  );
  return new Map(rows.map(({ id, identifier }) => [identifier, id]));
}

/**
 * One mission of a crew with the first {@link TASKS_SHOWN} of its tasks. Throws `not_found`; another crew's reads
 * alike.
 */
export async function getMission(
  reads: ReadPool,
  workspaceId: string,
  crewId: string,
  missionId: string,
): Promise<Mission> {
  const [record, tasks] = await Promise.all([
    reads.maybeOne<MissionRecord>([workspaceId], byId(crewId, missionId)),
    listTasksOf((query) => reads.any([workspaceId], query), [missionId], TASKS_SHOWN),
  ]);
  if (record === null) throw notFound('mission');
  return toMission(record, tasks);
}

/** The mission, without its tasks, as the transaction has left it. */
export async function getMissionIn(tx: Tx, crewId: string, missionId: string): Promise<Mission> {
  const record = await tx.maybeOne<MissionRecord>(byId(crewId, missionId));
  if (record === null) throw notFound('mission');
  return toMission(record);
}
