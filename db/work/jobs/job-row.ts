import type { JobRow } from '../../../domain/work/jobs/job.ts';
import { sql } from '../../kernel/sql.ts';
import type { Tx } from '../../kernel/transaction.ts';

export const jobColumns = sql.fragment`
  id, workspace_id, kind, driver, status, generation, subject_type, subject_id, project_id, parent_id, step,
  progress_step, progress_total, error_code, created_by, event_seq`;

/** A locked job, and its times by the database's clock. */
export interface LockedJob extends JobRow {
  /** Until its deadline; null without one. */
  readonly left_ms: number | null;
  /** Until it may begin; 0 where it may. */
  readonly due_in_ms: number;
  readonly result: unknown;
}

/** Locks a job after all that its transaction moves for it: LOCK-ORDER.md. Null: there is no such job here. */
export async function lockJob(tx: Tx, id: string): Promise<LockedJob | null> {
  return tx.maybeOne<LockedJob>(sql`
    SELECT ${jobColumns}, result,
      ceil(extract(epoch FROM deadline_at - clock_timestamp()) * 1000)::bigint AS left_ms,
      greatest(0, coalesce(ceil(extract(epoch FROM run_at - clock_timestamp()) * 1000), 0))::bigint AS due_in_ms
    FROM jobs WHERE id = ${id} FOR UPDATE`);
}

/** The same, not locked. */
export async function findJob(tx: Tx, id: string): Promise<JobRow | null> {
  return tx.maybeOne<JobRow>(sql`SELECT ${jobColumns} FROM jobs WHERE id = ${id}`);
}
