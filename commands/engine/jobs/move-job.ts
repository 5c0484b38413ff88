import type { Actor } from '../../../domain/kernel/access/authority.ts';
import type { JsonObject } from '../../../domain/kernel/json/json-value.ts';
import type { JobEventType, JobRow } from '../../../domain/work/jobs/job.ts';
import { isJobOver, type JobStatus, statusesBefore } from '../../../domain/work/jobs/job-status.ts';
import { jobColumns } from '../../../db/work/jobs/job-row.ts';
import { addInboxItem } from '../../../db/people/inbox/inbox-store.ts';
import { type Fragment, sql } from '../../../db/kernel/sql.ts';
import type { Tx } from '../../../db/kernel/transaction.ts';
import { journalJob } from './journal-job.ts';

export interface JobMove {
  /** What of the job is new. A move within a status says how far it is. */
  readonly to: JobStatus;
  readonly event: JobEventType;
  readonly actor: Actor;
  /** Other columns: `step = …`. */
  readonly set?: readonly Fragment[];
  /** What people read of it. */
  readonly message?: string | null;
  /** Ids, enums and numbers. */
  readonly data?: JsonObject;
  /** Moves no job of another generation. */
  readonly generation?: number;
}

/** Where `to` may be reached from: another status, or itself where it only goes on. */
function sources({ to, event }: JobMove): readonly JobStatus[] {
  return event === 'progress' ? [to] : statusesBefore(to);
}

/**
 * Moves jobs, each by compare-and-set on its status, and says so: the row, its next event and its journal entry are one
 * commit. Of a kind with a workflow of its own the family's own entry says it. Returns those that moved; one that is
 * elsewhere by now stays as it is. What a kind does at a job's end is done here, after all locks of the engine.
 */
export async function moveJobs(tx: Tx, ids: readonly string[], move: JobMove): Promise<readonly JobRow[]> {
  if (ids.length === 0) return [];
  const all = sql.array([...ids], 'text');
  if (ids.length > 1) await tx.execute(sql`SELECT 1 FROM jobs WHERE id = ANY(${all}) ORDER BY id FOR UPDATE`);
  const over = isJobOver(move.to);
  const set: Fragment[] = [
    sql.fragment`status = ${move.to}, event_seq = event_seq + 1, updated_at = now()`,
    ...(over ? [sql.fragment`finished_at = clock_timestamp(), progress_percent = NULL`] : []),
    ...(move.event === 'started' ? [sql.fragment`started_at = clock_timestamp(), attempt = attempt + 1`] : []),
    ...(over || move.to === 'queued' ? [] : [sql.fragment`heartbeat_at = clock_timestamp(), lost_at = NULL`]),
    ...(move.set ?? []),
  ];
  const moved = await tx.any<JobRow>(sql`
    WITH moved AS (
      UPDATE jobs SET ${sql.join(set, sql.fragment`, `)}
      WHERE id = ANY(${all}) AND status = ANY(${sql.array([...sources(move)], 'text')})
        AND generation = coalesce(${move.generation ?? null}, generation)
      RETURNING ${jobColumns}
    ), told AS (
      INSERT INTO job_events (workspace_id, job_id, seq, type, actor_type, actor_id, message, data)
      SELECT workspace_id, id, event_seq, ${move.event}, ${move.actor.type}, ${move.actor.id}, ${move.message ?? null},
        ${sql.jsonb(move.data ?? {})}
      FROM moved
    )
    SELECT ${jobColumns} FROM moved`);
  for (const job of moved) {
    journalJob(tx, job, move);
    tx.enqueue({ kind: 'wake', topic: 'job', workspaceId: job.workspace_id, id: job.id });
    if (!over) continue;
    if (job.created_by !== null && (move.event === 'failed' || move.event === 'completed')) {
      await addInboxItem(tx, {
        workspaceId: job.workspace_id,
        type: `job.${move.event}`,
        subject_type: 'job',
        subject_id: job.id,
        crew_id: null,
        audience_user_id: job.created_by,
        blocking: false,
        payload: { kind: job.kind, error_code: job.error_code },
      });
    }
    await tx.effects.jobs[job.kind]?.ended?.(tx, job);
  }
  return moved;
}

/** {@link moveJobs} of one. Null: it is elsewhere by now. */
export async function moveJob(tx: Tx, id: string, move: JobMove): Promise<JobRow | null> {
  return (await moveJobs(tx, [id], move))[0] ?? null;
}
