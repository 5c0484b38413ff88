import { quartermasterActor } from '../../../domain/kernel/access/authority.ts';
import type { AssertionResult } from '../../../domain/evidence/testing/scenario.ts';
import type { WorkflowAddress } from '../../../domain/kernel/outbox/outbox-command.ts';
import type { JobStatus } from '../../../domain/work/jobs/job-status.ts';
import type { RegisteredJobKind } from '../../../domain/work/jobs/job-registry.ts';
import { type Database, workflowScope } from '../../../db/kernel/database.ts';
import { sql } from '../../../db/kernel/sql.ts';
import type { Tx } from '../../../db/kernel/transaction.ts';
import { lockJob } from '../../../db/work/jobs/job-row.ts';
import { storeJobResult } from '../../engine/jobs/job-work.ts';

/** A result at a place of a run. */
export interface ResultRef {
  readonly runId: string;
  readonly place: number;
}

/** A step of a result has its turn now. False: it was begun by somebody else, or its run is to end. */
export async function noteTurn(
  tx: Tx,
  { runId, place }: ResultRef,
  turn: {
    /** The turn before it; null: it is the first. */
    readonly after: string | null;
    readonly chatId: string;
    readonly jobId: string;
    readonly step: number;
    readonly assertions: readonly AssertionResult[];
    readonly costUsd: string;
  },
): Promise<boolean> {
  const noted = await tx.execute(sql`
    UPDATE testing_results SET status = 'running', chat_id = ${turn.chatId}, turn_job_id = ${turn.jobId},
      step = ${turn.step}, assertions = ${sql.jsonb(turn.assertions)}, cost_usd = cost_usd + ${turn.costUsd}::numeric,
      started_at = coalesce(started_at, clock_timestamp())
    WHERE run_id = ${runId} AND place = ${place} AND turn_job_id IS NOT DISTINCT FROM ${turn.after}
      AND status IN ('pending', 'running')
      AND EXISTS (SELECT 1 FROM jobs WHERE id = ${runId} AND status IN ('running', 'waiting'))`);
  return noted > 0;
}

/** Ends a result. */
export async function endResult(
  tx: Tx,
  { runId, place }: ResultRef,
  end: {
    readonly status: 'passed' | 'failed' | 'error';
    readonly assertions: readonly AssertionResult[];
    readonly costUsd: string;
    readonly errorCode: string | null;
  },
): Promise<void> {
  await tx.execute(sql`
    UPDATE testing_results SET status = ${end.status}, assertions = ${sql.jsonb(end.assertions)},
      cost_usd = cost_usd + ${end.costUsd}::numeric, error_code = ${end.errorCode}, finished_at = clock_timestamp(),
      started_at = coalesce(started_at, clock_timestamp())
    WHERE run_id = ${runId} AND place = ${place} AND status IN ('pending', 'running')`);
}

/** Counts what a run came to, once. A job that is to end by now is left as it is. */
export async function concludeTestRun(
  db: Database,
  address: WorkflowAddress,
  jobKind: Pick<RegisteredJobKind, 'result'>,
): Promise<void> {
  await db.transaction(workflowScope(address), async (tx) => {
    await lockJob(tx, address.id);
    const counts = await tx.one<{ passed: number; failed: number; total: number }>(sql`
      SELECT count(*) FILTER (WHERE status = 'passed') AS passed, count(*) FILTER (WHERE status <> 'passed') AS failed,
        count(*) AS total
      FROM testing_results WHERE run_id = ${address.id}`);
    if (!(await storeJobResult(tx, address, jobKind, { ...counts }))) return;
    const concluded = await tx.execute(sql`
      UPDATE testing_runs SET passed = ${counts.passed}, failed = ${counts.failed}
      WHERE id = ${address.id} AND passed IS NULL`);
    if (concluded === 0) return;
    tx.journal({
      ...frameOf(address),
      transitionId: `testing-${address.id}:completed`,
      severity: counts.failed > 0 ? 'warn' : 'info',
      type: 'testing.run_completed',
      summary: counts.failed > 0 ? 'scenarios did not come out as expected' : 'all scenarios came out as expected',
      payload: { run_id: address.id, ...counts },
    });
  });
}

/** What is not over when its run is will not be played. */
export async function endOpenResults(
  tx: Tx,
  job: { readonly id: string; readonly workspace_id: string; readonly status: JobStatus },
): Promise<void> {
  if (job.status === 'completed') return;
  await tx.execute(sql`
    UPDATE testing_results SET status = 'cancelled', finished_at = clock_timestamp()
    WHERE run_id = ${job.id} AND status IN ('pending', 'running')`);
  if (job.status !== 'cancelled') return;
  tx.journal({
    ...frameOf({ id: job.id, workspaceId: job.workspace_id }),
    transitionId: `testing-${job.id}:cancelled`,
    type: 'testing.run_cancelled',
    summary: 'scenarios are not played any more',
    payload: { run_id: job.id },
  });
}

const frameOf = ({ id, workspaceId }: Pick<WorkflowAddress, 'id' | 'workspaceId'>) => ({
  ...{ actor: quartermasterActor(), workspaceId, targetType: 'test_run', targetId: id },
});
