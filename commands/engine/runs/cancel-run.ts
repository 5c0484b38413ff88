import type { Actor } from '../../../domain/kernel/access/authority.ts';
import { sql } from '../../../db/kernel/sql.ts';
import type { Tx } from '../../../db/kernel/transaction.ts';
import { cancelApprovalsOfRun } from '../approvals/end-approval.ts';
import { settleTurn } from '../turns/end-turn.ts';
import { settlePeerRequest } from '../peers/settle-peer-request.ts';
import { endUnbegunAttempt } from '../tasks/end-task-run.ts';
import { journalRun, runFacts } from './run-journal.ts';
import { type RunRow, runColumns } from '../../../db/work/runs/run-row.ts';

/**
 * Asks a run to end. One that still waits for a place holds nothing and has no workflow, so it ends here; any other is
 * told through its workflow, which stops the process and settles the row. Repeating it changes nothing.
 */
export async function requestRunCancel(tx: Tx, runId: string, actor: Actor): Promise<void> {
  const run = await tx.maybeOne<RunRow>(sql`SELECT ${runColumns} FROM runs WHERE id = ${runId} FOR UPDATE`);
  if (run === null) return;
  if (run.status === 'QUEUED') {
    await tx.execute(sql`
      UPDATE runs SET status = 'CANCELLED', error_code = 'cancelled', cancel_requested_at = now(), finished_at = now()
      WHERE id = ${runId}`);
    await cancelApprovalsOfRun(tx, run.id);
    await endWaiting(tx, run, actor);
    return;
  }
  if (run.status !== 'ADMITTED' && run.status !== 'RUNNING') return;
  await tx.execute(sql`
    UPDATE runs SET cancel_requested_at = coalesce(cancel_requested_at, now()) WHERE id = ${runId}`);
  tellRun(tx, run);
}

/**
 * Asks every open run of a locked mission to end, as {@link requestRunCancel} does, in two statements. What they ask
 * people for is withdrawn with all that the mission asks.
 */
export async function requestRunCancels(tx: Tx, missionId: string, actor: Actor): Promise<void> {
  const runs = await tx.any<RunRow>(sql`
    SELECT ${runColumns} FROM runs WHERE mission_id = ${missionId} AND status IN ('QUEUED', 'ADMITTED', 'RUNNING')
      AND NOT reported ORDER BY id FOR UPDATE`);
  if (runs.length === 0) return;
  await tx.execute(sql`
    UPDATE runs SET cancel_requested_at = coalesce(cancel_requested_at, now()),
      status = CASE WHEN status = 'QUEUED' THEN 'CANCELLED' ELSE status END,
      error_code = CASE WHEN status = 'QUEUED' THEN 'cancelled' ELSE error_code END,
      finished_at = CASE WHEN status = 'QUEUED' THEN now() ELSE finished_at END
    WHERE id = ANY (${sql.array(
      runs.map(({ id }) => id),
      'text',
    )})`);
  for (const run of runs) {
    if (run.status === 'QUEUED') await endWaiting(tx, run, actor);
    else tellRun(tx, run);
  }
}

/** What else the end of a run means that never began. */
async function endWaiting(tx: Tx, run: RunRow, actor: Actor): Promise<void> {
  journalRun(tx, run, actor, { type: 'run.cancelled', payload: { ...runFacts(run), error_code: 'cancelled' } });
  const end = { status: 'CANCELLED', isReplaced: false, summary: null, errorMessage: null } as const;
  await settlePeerRequest(tx, run, null, end);
  await endUnbegunAttempt(tx, run, actor);
  await settleTurn(tx, run, {
    ...{ status: 'CANCELLED', errorCode: 'cancelled', isReplaced: false, text: null, usage: null },
    ...{ costMicros: 0, outputTruncated: false },
  });
}

function tellRun(tx: Tx, run: RunRow): void {
  tx.enqueue({
    kind: 'workflow',
    workflow: 'run',
    address: { workspaceId: run.workspace_id, id: run.id, generation: 0 },
  });
}
