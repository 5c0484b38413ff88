import type { Actor } from '../../../domain/kernel/access/authority.ts';
import { CrewshipError, invalidField } from '../../../domain/kernel/errors/crewship-error.ts';
import type { JobSubject } from '../../../domain/kernel/jobs/job-kind.ts';
import type { JsonObject } from '../../../domain/kernel/json/json-value.ts';
import type { JobRow } from '../../../domain/work/jobs/job.ts';
import type { RegisteredJobKind } from '../../../domain/work/jobs/job-registry.ts';
import type { JobStatus } from '../../../domain/work/jobs/job-status.ts';
import { newId } from '../../../platform/ids/ids.ts';
import { jobColumns } from '../../../db/work/jobs/job-row.ts';
import { sql } from '../../../db/kernel/sql.ts';
import type { Tx } from '../../../db/kernel/transaction.ts';
import { journalJob } from './journal-job.ts';
import { tellJob } from './tell-job.ts';

/** Jobs of a workspace that are not over, beside those that another row's workflow moves. */
export const MAX_LIVE_JOBS = 1_000;
/** How far ahead one may be asked for. */
const MAX_AHEAD_DAYS = 30;

export interface JobRequest {
  /** Default: a new one. */
  readonly id?: string;
  readonly workspaceId: string;
  readonly kind: Pick<RegisteredJobKind, 'name' | 'driver' | 'steps' | 'deadlineMs' | 'subjectOf'>;
  /** As the kind's schema made it. */
  readonly input: JsonObject;
  readonly actor: Actor;
  /** Not before then, RFC 3339; default: now. */
  readonly runAt?: string | null;
  /** From when it may begin; default: the kind's. */
  readonly deadlineMs?: number | null;
  readonly parentId?: string | null;
}

/**
 * A job of a kind, with its workflow on its way. Throws `invalid_request` for a time that is too far ahead,
 * `limit_reached` when the workspace has too many, and what its kind refuses it with.
 */
export async function requestJob(tx: Tx, request: JobRequest): Promise<JobRow> {
  await holdJobRoom(tx, request.workspaceId);
  const subject = request.kind.subjectOf?.(request.input) ?? null;
  const job = await insertJob(tx, { ...request, subject, status: 'queued' });
  journalJob(tx, job, { event: 'queued', actor: request.actor });
  await tx.effects.jobs[job.kind]?.requested?.(tx, job, request.input, request.actor);
  tellJob(tx, job);
  return job;
}

/**
 * One request of a workspace at a time counts, so that none goes over the limit beside another. Whoever locks what a
 * kind's effect locks, and then asks for a job of it, calls this first. Throws `limit_reached`.
 */
export async function holdJobRoom(tx: Tx, workspaceId: string): Promise<void> {
  await tx.execute(sql`SELECT pg_advisory_xact_lock(hashtextextended(${`jobs:${workspaceId}`}, 0))`);
  const { live } = await tx.one<{ live: number }>(sql`
    SELECT count(*)::integer AS live FROM (
      SELECT 1 FROM jobs WHERE workspace_id = ${workspaceId} AND driver = 'job'
        AND status IN ('queued', 'running', 'waiting', 'cancelling') LIMIT ${MAX_LIVE_JOBS}) counted`);
  if (live < MAX_LIVE_JOBS) return;
  throw new CrewshipError('limit_reached', `a workspace has at most ${MAX_LIVE_JOBS} jobs that are not over`, {
    extensions: { limit: MAX_LIVE_JOBS },
  });
}

export interface NewJob extends JobRequest {
  readonly subject: JobSubject | null;
  readonly status: JobStatus;
  /** Of the row whose workflow moves it. */
  readonly buildId?: string | null;
  /** What came of one that is completed from the start. */
  readonly result?: JsonObject;
}

/**
 * A row with its first events, and no workflow: for a kind that another row's workflow moves. One that is under way, or
 * over, from the start says so by events of its own.
 */
export async function insertJob(tx: Tx, job: NewJob): Promise<JobRow> {
  const { kind, status, actor, runAt = null, parentId = null } = job;
  const deadlineMs = job.deadlineMs ?? kind.deadlineMs;
  const begun = status !== 'queued';
  const over = status === 'completed';
  const events = ['queued', ...(begun && !over ? ['started'] : []), ...(over ? ['completed'] : [])];
  const row = await tx.maybeOne<JobRow>(sql`
    WITH made AS (
      INSERT INTO jobs (id, workspace_id, kind, driver, subject_type, subject_id, status, input, parent_id, run_at,
        deadline_at, build_id, result, progress_step, progress_total, attempt, event_seq, created_by, started_at,
        heartbeat_at, finished_at)
      SELECT ${job.id ?? newId()}, ${job.workspaceId}, ${kind.name}, ${kind.driver}, ${job.subject?.type ?? null},
        ${job.subject?.id ?? null}, ${status}, ${sql.jsonb(job.input)}, ${parentId}, ${runAt}::timestamptz,
        coalesce(${runAt}::timestamptz, clock_timestamp()) + ${deadlineMs}::bigint * interval '1 millisecond',
        ${job.buildId ?? null}, ${job.result === undefined ? null : JSON.stringify(job.result)}::jsonb,
        ${over ? kind.steps.length : 0}, ${kind.steps.length}, ${begun ? 1 : 0},
        ${events.length}, ${actor.type === 'user' ? actor.id : null}, CASE WHEN ${begun} THEN clock_timestamp() END,
        CASE WHEN ${begun} THEN clock_timestamp() END, CASE WHEN ${over} THEN clock_timestamp() END
      WHERE coalesce(${runAt}::timestamptz, now()) <= now() + ${MAX_AHEAD_DAYS} * interval '1 day'
      RETURNING ${jobColumns}
    ), told AS (
      INSERT INTO job_events (workspace_id, job_id, seq, type, actor_type, actor_id)
      SELECT made.workspace_id, made.id, place, type, ${actor.type}, ${actor.id}
      FROM made, unnest(${sql.array(events, 'text')}) WITH ORDINALITY AS event (type, place)
    )
    SELECT ${jobColumns} FROM made`);
  if (row === null) throw invalidField('run_at', `must be within the next ${MAX_AHEAD_DAYS} days`);
  return row;
}
