import type { JsonObject } from '../../../domain/kernel/json/json-value.ts';
import type { JobEventView, JobView } from '../../../domain/work/jobs/job.ts';
import type { VisibleJobs } from '../../../domain/work/jobs/job-access.ts';
import { jobHealth, type JobStatus } from '../../../domain/work/jobs/job-status.ts';
import { newestFirst, nextCursor, type Page, type PageRequest, slice } from '../../kernel/page.ts';
import type { ReadPool } from '../../kernel/read-pool.ts';
import { type Fragment, sql } from '../../kernel/sql.ts';
import type { Tx } from '../../kernel/transaction.ts';

const ORDER = newestFirst('j');

export interface JobFilter {
  readonly kinds?: readonly string[] | undefined;
  readonly statuses?: readonly string[] | undefined;
  readonly projectId?: string | undefined;
  readonly parentId?: string | undefined;
  /** Those that this person asked for. */
  readonly createdBy?: string | undefined;
}

interface Row extends Omit<JobView, 'health' | 'progress' | 'subject' | 'error'> {
  readonly subject_type: string | null;
  readonly subject_id: string | null;
  readonly progress_step: number;
  readonly progress_total: number;
  readonly progress_percent: number | null;
  readonly progress_message: string | null;
  readonly step: string | null;
  readonly error_code: string | null;
  readonly error_message: string | null;
  readonly is_lost: boolean;
  readonly silent_ms: number;
}

const columns = sql.fragment`
  j.id, j.kind, j.status, j.subject_type, j.subject_id, j.project_id, j.parent_id, j.step, j.progress_step,
  j.progress_total, j.progress_percent, j.progress_message, j.result, j.error_code, j.error_message, j.attempt,
  j.created_by, j.created_at, j.run_at, j.started_at, j.heartbeat_at, j.deadline_at, j.cancel_requested_at,
  j.finished_at, j.lost_at IS NOT NULL AS is_lost,
  (extract(epoch FROM clock_timestamp() - coalesce(j.heartbeat_at, j.started_at, j.created_at)) * 1000)::bigint
    AS silent_ms`;

/** In others it is what a step has noted of a try that is followed by another. */
const ENDS_BADLY: ReadonlySet<JobStatus> = new Set(['cancelling', 'failed', 'cancelled']);

function toView(row: Row): JobView {
  const { subject_type, subject_id, progress_step, progress_total, progress_percent, progress_message, ...rest } = row;
  const { step, error_code, error_message, is_lost, silent_ms, ...shown } = rest;
  const counted = progress_total === 0 ? null : Math.floor((100 * progress_step) / progress_total);
  return {
    ...shown,
    health: jobHealth({ status: row.status, isLost: is_lost, silentMs: silent_ms }),
    progress: {
      step: progress_step,
      total: progress_total,
      percent: progress_percent ?? counted,
      message: progress_message ?? step,
    },
    subject: subject_type === null || subject_id === null ? null : { type: subject_type, id: subject_id },
    error: error_code === null || !ENDS_BADLY.has(row.status) ? null : { code: error_code, detail: error_message },
    result: row.status === 'completed' ? row.result : null,
  };
}

function seenBy(visible: VisibleJobs): Fragment {
  const all: Fragment[] = [sql.fragment`true`];
  if (visible.kinds !== null) all.push(sql.fragment`j.kind = ANY (${sql.array([...visible.kinds], 'text')})`);
  if (visible.everybodys !== null) {
    all.push(
      sql.fragment`(j.created_by = ${visible.userId} OR j.kind = ANY (${sql.array([...visible.everybodys], 'text')}))`,
    );
  }
  // Of a project that they may not know of, they see what they asked for alone.
  all.push(sql.fragment`(j.project_id IS NULL OR j.created_by = ${visible.userId ?? ''}
    OR crewship_project_role(j.project_id, ${visible.userId ?? ''}) IS NOT NULL)`);
  return sql.join(all, sql.fragment` AND `);
}

function conditions(workspaceId: string, visible: VisibleJobs, filter: JobFilter): Fragment {
  const all: Fragment[] = [sql.fragment`j.workspace_id = ${workspaceId}`, seenBy(visible)];
  if (filter.kinds !== undefined) all.push(sql.fragment`j.kind = ANY (${sql.array([...filter.kinds], 'text')})`);
  if (filter.statuses !== undefined) {
    all.push(sql.fragment`j.status = ANY (${sql.array([...filter.statuses], 'text')})`);
  }
  if (filter.projectId !== undefined) all.push(sql.fragment`j.project_id = ${filter.projectId}`);
  if (filter.parentId !== undefined) all.push(sql.fragment`j.parent_id = ${filter.parentId}`);
  if (filter.createdBy !== undefined) all.push(sql.fragment`j.created_by = ${filter.createdBy}`);
  return sql.join(all, sql.fragment` AND `);
}

/** Those that somebody sees, newest first. */
export async function listJobs(
  reads: ReadPool,
  workspaceId: string,
  visible: VisibleJobs,
  filter: JobFilter,
  page: PageRequest,
): Promise<Page<JobView>> {
  const where = conditions(workspaceId, visible, filter);
  const [rows, counted] = await Promise.all([
    reads.any<Row>(
      [workspaceId],
      sql`SELECT ${columns}, ${ORDER.key} FROM jobs j WHERE ${where} ${ORDER.after(page)}
        ORDER BY ${ORDER.by} ${slice(page)}`,
    ),
    reads.maybeOne<{ total: number }>([workspaceId], sql`SELECT count(*)::integer AS total FROM jobs j WHERE ${where}`),
  ]);
  return { rows: rows.map(toView), total: counted?.total ?? 0, next: nextCursor(rows, page) };
}

const oneJob = (workspaceId: string, visible: VisibleJobs, id: string) => sql`
  SELECT ${columns} FROM jobs j WHERE j.id = ${id} AND j.workspace_id = ${workspaceId} AND ${seenBy(visible)}`;

/** Null: there is no such job, or it is not for them to see. */
export async function readJob(
  reads: ReadPool,
  workspaceId: string,
  visible: VisibleJobs,
  id: string,
): Promise<JobView | null> {
  const row = await reads.maybeOne<Row>([workspaceId], oneJob(workspaceId, visible, id));
  return row === null ? null : toView(row);
}

/** The same, as the transaction has left it. */
export async function readJobIn(
  tx: Tx,
  workspaceId: string,
  visible: VisibleJobs,
  id: string,
): Promise<JobView | null> {
  const row = await tx.maybeOne<Row>(oneJob(workspaceId, visible, id));
  return row === null ? null : toView(row);
}

/** The events of a job after a number, in their order. */
export async function listJobEvents(
  reads: ReadPool,
  workspaceId: string,
  jobId: string,
  page: { readonly afterSeq: number; readonly limit: number },
): Promise<readonly JobEventView[]> {
  const rows = await reads.any<
    Omit<JobEventView, 'actor'> & { actor_type: string; actor_id: string | null; data: JsonObject }
  >(
    [workspaceId],
    sql`
      SELECT seq, type, actor_type, actor_id, message, data, created_at FROM job_events
      WHERE job_id = ${jobId} AND workspace_id = ${workspaceId} AND seq > ${page.afterSeq}
      ORDER BY seq ${sql.limit(page.limit)}`,
  );
  return rows.map(({ actor_type: type, actor_id: id, ...event }) => ({ ...event, actor: { type, id } }));
}

/** A job that a client waits for. */
export interface WaitedJob {
  readonly id: string;
  readonly workspace_id: string;
  readonly status: JobStatus;
  /** The number of its newest event. */
  readonly event_seq: number;
}

export function readWaitedJobs(
  reads: ReadPool,
  workspaceIds: readonly string[],
  ids: readonly string[],
): Promise<WaitedJob[]> {
  return reads.any<WaitedJob>(
    workspaceIds,
    sql`SELECT id, workspace_id, status, event_seq FROM jobs WHERE id = ANY (${sql.array([...ids], 'text')})`,
  );
}
