import { orchestratorActor } from '../../../domain/kernel/access/authority.ts';
import type { Database } from '../../../db/kernel/database.ts';
import { sql } from '../../../db/kernel/sql.ts';
import type { Tx } from '../../../db/kernel/transaction.ts';
import { type RunRow, runColumns } from '../../../db/work/runs/run-row.ts';
import { runPlace } from './run-journal.ts';

/** The attempt whose call waits. */
export interface WaitingRun {
  readonly workspaceId: string;
  readonly runId: string;
}

/**
 * A running attempt waits for somebody's answer (docs/contracts/missions.md, Waiting): its places go to the next in
 * line and its clock stands until the call ends, `leftMs` from now at most. False when it goes on as it was: it is
 * over, waits already, or `maxWaiting` attempts of its host do.
 */
export async function startWaiting(
  db: Database,
  { workspaceId, runId }: WaitingRun,
  call: { readonly waitedMs: number; readonly leftMs: number; readonly maxWaiting: number | null },
): Promise<boolean> {
  return db.transaction({ workspaceIds: [workspaceId] }, async (tx) => {
    const { started } = await tx.one<{ started: boolean }>(sql`
      SELECT crewship_start_waiting(${runId}, ${Math.round(call.waitedMs)}, ${Math.round(call.leftMs)},
        ${call.maxWaiting}) AS started`);
    if (!started) return false;
    tx.touchOutbox();
    await journal(tx, runId, null);
    return true;
  });
}

/** It has its answer, or waits no more: it has its places again, and its deadline moves on by the time it stood. */
export async function stopWaiting(db: Database, { workspaceId, runId }: WaitingRun): Promise<void> {
  await db.transaction({ workspaceIds: [workspaceId] }, async (tx) => {
    const { stood_ms: stoodMs } = await tx.one<{ stood_ms: number | null }>(sql`
      SELECT crewship_stop_waiting(${runId}) AS stood_ms`);
    if (stoodMs !== null) await journal(tx, runId, stoodMs);
  });
}

/** Calls that waited in a process that died have ended: those attempts go on, or wait anew. */
export async function stopWaitingOnHost(db: Database, hostId: string): Promise<void> {
  const waiting = await db.systemReads.any<WaitingRun>(
    [],
    sql`
      SELECT workspace_id AS "workspaceId", id AS "runId" FROM runs
      WHERE host_id = ${hostId} AND waiting_since IS NOT NULL ORDER BY id`,
  );
  for (const run of waiting) await stopWaiting(db, run);
}

/** `stoodMs` null: it begins to wait. */
async function journal(tx: Tx, runId: string, stoodMs: number | null): Promise<void> {
  const run = await tx.one<RunRow>(sql`SELECT ${runColumns} FROM runs WHERE id = ${runId}`);
  tx.journal({
    actor: orchestratorActor(),
    ...runPlace(run),
    ...(stoodMs === null
      ? { type: 'run.waiting', payload: { run_id: run.id }, summary: 'run waits for an answer' }
      : { type: 'run.resumed', payload: { run_id: run.id, stood_ms: stoodMs }, summary: 'run goes on' }),
  });
}
