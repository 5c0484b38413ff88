import { notFound } from '../../../domain/kernel/errors/crewship-error.ts';
import type { Run, RunStats, TaskRun } from '../../../domain/work/runs/run.ts';
import { newestFirst, type PageRequest, slice } from '../../kernel/page.ts';
import type { ReadPool } from '../../kernel/read-pool.ts';
import { type Fragment, sql } from '../../kernel/sql.ts';
import type { Tx } from '../../kernel/transaction.ts';

const ORDER = newestFirst('r');

export interface RunFilter {
  readonly agentId?: string;
  readonly missionId?: string;
  readonly status?: string;
  readonly triggerType?: string;
  readonly tag?: string;
  readonly chatId?: string;
}

/** Whose eyes runs are seen with: one of a chat, or of a project's task, is for those who may know of that. */
export interface RunViewer {
  readonly workspaceId: string;
  /** Null: nobody in particular. */
  readonly userId: string | null;
}

/** Whether this viewer may see a run `r`. Chats of missions are the workspace's and are not looked up. */
export function seesRun({ userId }: RunViewer): Fragment {
  return sql.fragment`
    (r.chat_id IS NULL OR r.chat_id = r.mission_id OR crewship_sees_chat(r.chat_id, ${userId ?? ''}))
    AND (r.project_id IS NULL OR crewship_project_role(r.project_id, ${userId ?? ''}) IS NOT NULL)`;
}

const columns = sql.fragment`
  r.id, r.workspace_id, r.agent_id, a.name AS agent_name, a.slug AS agent_slug, r.crew_id, c.name AS crew_name,
  r.mission_id, r.task_id, r.chat_id, r.triggered_by, r.trigger_type, r.purpose, r.status, r.iteration, r.attempt_no,
  r.predecessor_id, r.started_at, r.finished_at, r.error_code, r.error_message, r.exit_code, r.model,
  CASE WHEN rc.call_count > 0 THEN rc.token_count ELSE r.token_count END AS token_count,
  ((CASE WHEN rc.call_count > 0 THEN rc.cost_micros ELSE r.cost_micros END)::numeric / 1000000)::numeric(20, 6)::text
    AS cost_usd, rd.disk_bytes, r.metadata, r.config_versions, r.created_at`;

const named = sql.fragment`
  LEFT JOIN agents a ON a.workspace_id = r.workspace_id AND a.id = r.agent_id
  LEFT JOIN crews c ON c.workspace_id = r.workspace_id AND c.id = r.crew_id
  LEFT JOIN run_costs rc ON rc.run_id = r.id
  LEFT JOIN run_data rd ON rd.run_id = r.id`;

function conditions(viewer: RunViewer, filter: RunFilter): Fragment {
  const all: Fragment[] = [sql.fragment`r.workspace_id = ${viewer.workspaceId}`, seesRun(viewer)];
  if (filter.status !== undefined) all.push(sql.fragment`r.status = ${filter.status}`);
  else all.push(sql.fragment`r.status NOT IN ('QUEUED', 'ADMITTED')`);
  if (filter.agentId !== undefined) all.push(sql.fragment`r.agent_id = ${filter.agentId}`);
  if (filter.missionId !== undefined) all.push(sql.fragment`r.mission_id = ${filter.missionId}`);
  if (filter.triggerType !== undefined) all.push(sql.fragment`r.trigger_type = ${filter.triggerType}`);
  if (filter.chatId !== undefined) all.push(sql.fragment`r.chat_id = ${filter.chatId}`);
  if (filter.tag !== undefined) all.push(sql.fragment`r.metadata->'tags' ? ${filter.tag}`);
  return sql.fragment`${sql.join(all, sql.fragment` AND `)}`;
}

/** Runs newest first. The slice is cut before names are joined. */
export async function listRuns(
  reads: ReadPool,
  viewer: RunViewer,
  filter: RunFilter,
  page: PageRequest,
): Promise<Run[]> {
  return reads.any<Run>(
    [viewer.workspaceId],
    sql`
      SELECT ${columns}, ${ORDER.key} FROM (
        SELECT r.* FROM runs r WHERE ${conditions(viewer, filter)} ${ORDER.after(page)}
        ORDER BY ${ORDER.by} ${slice(page)}
      ) r ${named} ORDER BY ${ORDER.by}`,
  );
}

/** How many runs match. */
export async function countRuns(reads: ReadPool, viewer: RunViewer, filter: RunFilter): Promise<number> {
  const row = await reads.maybeOne<{ total: number }>(
    [viewer.workspaceId],
    sql`SELECT count(*) AS total FROM runs r WHERE ${conditions(viewer, filter)}`,
  );
  return row?.total ?? 0;
}

/** One run that is public; its id is its trace id. */
export async function getRun(reads: ReadPool, viewer: RunViewer, runId: string): Promise<Run> {
  const row = await reads.maybeOne<Run>(
    [viewer.workspaceId],
    sql`
      SELECT ${columns} FROM runs r ${named}
      WHERE r.id = ${runId} AND r.workspace_id = ${viewer.workspaceId} AND r.status NOT IN ('QUEUED', 'ADMITTED')
        AND ${seesRun(viewer)}`,
  );
  if (row === null) throw notFound('run');
  return row;
}

/** Figures of the workspace's day. Reads three days of rows: a run waits and works for less. */
export async function runStats(reads: ReadPool, workspaceId: string): Promise<RunStats> {
  const row = await reads.maybeOne<RunStats>(
    [workspaceId],
    sql`
      SELECT count(*) FILTER (WHERE status = 'RUNNING') AS running,
        count(*) FILTER (WHERE started_at >= date_trunc('day', now(), 'UTC')) AS today,
        count(*) FILTER (WHERE status IN ('FAILED', 'TIMEOUT')
          AND finished_at >= date_trunc('day', now(), 'UTC')) AS failed
      FROM runs WHERE workspace_id = ${workspaceId}
        AND created_at >= date_trunc('day', now(), 'UTC') - interval '3 days'`,
  );
  return row ?? { running: 0, today: 0, failed: 0 };
}

const ofTask = sql.fragment`${columns}, r.agent_label, r.external_ref, r.progress, r.output_summary`;

/** Runs of a task that are public, newest first. */
export function listTaskRuns(
  reads: ReadPool,
  workspaceId: string,
  taskId: string,
  limit: number,
): Promise<readonly TaskRun[]> {
  return reads.any<TaskRun>(
    [workspaceId],
    sql`
      SELECT ${ofTask} FROM runs r ${named}
      WHERE r.task_id = ${taskId} AND r.workspace_id = ${workspaceId} AND r.status NOT IN ('QUEUED', 'ADMITTED')
      ORDER BY r.created_at DESC, r.id DESC ${sql.limit(limit)}`,
  );
}

/** A run of a task, as the transaction has left it. */
export function getTaskRunIn(tx: Tx, runId: string): Promise<TaskRun> {
  return tx.one<TaskRun>(sql`SELECT ${ofTask} FROM runs r ${named} WHERE r.id = ${runId}`);
}
