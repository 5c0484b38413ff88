import type { JsonObject } from '../../../domain/kernel/json/json-value.ts';
import type { WorkflowAddress } from '../../../domain/kernel/outbox/outbox-command.ts';
import type { RegisteredJobKind } from '../../../domain/work/jobs/job-registry.ts';
import type { JobStatus } from '../../../domain/work/jobs/job-status.ts';
import { workflowScope, type Database } from '../../../db/kernel/database.ts';
import { sql } from '../../../db/kernel/sql.ts';
import type { Tx } from '../../../db/kernel/transaction.ts';

/** How far the step that is under way has come. What is left out stays. */
export interface JobProgress {
  /** Of the whole job. */
  readonly percent?: number;
  readonly message?: string;
}

/**
 * Somebody works on the job: a sign of life, with what there is to show. The status that it has; null when it has
 * another generation, or is over, and nothing more may be done for it.
 */
export async function beatJob(
  db: Database,
  address: WorkflowAddress,
  progress: JobProgress = {},
): Promise<JobStatus | null> {
  const [job] = await db.transaction(workflowScope(address), (tx) =>
    tx.any<{ status: JobStatus }>(sql`
      UPDATE jobs SET heartbeat_at = clock_timestamp(), lost_at = NULL,
        progress_percent = coalesce(${progress.percent ?? null}::smallint, progress_percent),
        progress_message = coalesce(${progress.message?.slice(0, 500) ?? null}, progress_message)
      WHERE id = ${address.id} AND generation = ${address.generation}
        AND status IN ('running', 'waiting', 'cancelling')
      RETURNING status`),
  );
  return job?.status ?? null;
}

/** Why a step is about to fail, for people: the history of its workflow has the code alone. */
export async function noteJobError(
  db: Database,
  address: WorkflowAddress,
  error: { readonly code: string; readonly detail: string },
): Promise<void> {
  await db.transaction(workflowScope(address), (tx) =>
    tx.execute(sql`
      UPDATE jobs SET error_code = ${error.code}, error_message = ${error.detail.slice(0, 2_000)}, updated_at = now()
      WHERE id = ${address.id} AND generation = ${address.generation} AND status IN ('running', 'waiting')`),
  );
}

/**
 * What comes of the job, stored by the step that knows it, in the transaction that makes it; the last step completes
 * the job with it. Throws for one that is not of the kind. False: the job is over, or is to end, and nothing was
 * stored.
 */
export async function storeJobResult(
  tx: Tx,
  address: WorkflowAddress,
  kind: Pick<RegisteredJobKind, 'result'>,
  result: JsonObject,
): Promise<boolean> {
  const stored = await tx.execute(sql`
    UPDATE jobs SET result = ${sql.jsonb(kind.result.parse(result))}, updated_at = now()
    WHERE id = ${address.id} AND generation = ${address.generation} AND status IN ('running', 'waiting')`);
  return stored > 0;
}

/** The project that a job is about: who may not know of it does not see the job. */
export async function setJobProject(tx: Tx, jobId: string, projectId: string | null): Promise<void> {
  await tx.execute(sql`UPDATE jobs SET project_id = ${projectId} WHERE id = ${jobId}`);
}
