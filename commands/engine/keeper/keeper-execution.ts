import type { WorkflowAddress } from '../../../domain/kernel/outbox/outbox-command.ts';
import { type Database, workflowScope } from '../../../db/kernel/database.ts';
import { sql } from '../../../db/kernel/sql.ts';
import type { Tx } from '../../../db/kernel/transaction.ts';
import { readGovernance } from '../../../db/vault/keeper/keeper-governance-store.ts';
import { type KeeperRequestRow, lockKeeperRequest } from '../../../db/vault/keeper/keeper-request-row.ts';
import { askedOf, frameOf, keeperActor, noteStep, tellKeeper } from './keeper-journal.ts';
import { holds, settleDecision } from './settle-decision.ts';

/** What a host needs to run an allowed command: the container it goes beside, and the secret as it is sealed. */
export interface ExecutionOrder {
  readonly id: string;
  readonly workspaceId: string;
  readonly crewId: string;
  readonly credentialId: string;
  readonly sealedValue: string;
  readonly command: string;
  readonly envVar: string;
  /** Until when it may run, by this clock from now. */
  readonly limitMs: number;
}

/**
 * due → running, in the one transaction that looks whether the agent still has the credential: what was taken away
 * meanwhile is denied. Null: there is nothing to run, or another try has begun it; a command is begun once.
 */
export function beginExecution(db: Database, address: WorkflowAddress): Promise<ExecutionOrder | null> {
  return db.transaction(workflowScope(address), async (tx) => {
    const row = await lockKeeperRequest(tx, address.id);
    if (row === null || row.execution !== 'due') return null;
    const credential = await holds(tx, row);
    const sealed =
      credential === null
        ? null
        : await tx.maybeOne<{ sealed_value: string; limit_ms: number }>(sql`
            SELECT c.sealed_value, ceil(extract(epoch FROM r.execution_deadline_at - clock_timestamp()) * 1000)::bigint
              AS limit_ms
            FROM keeper_requests r JOIN credentials c ON c.id = r.credential_id WHERE r.id = ${row.id}`);
    if (sealed === null) {
      await tx.execute(sql`UPDATE keeper_requests SET execution = NULL WHERE id = ${row.id}`);
      const governance = await readGovernance(tx, row.workspace_id);
      const reason = 'the agent does not have this credential any more';
      await settleDecision(tx, row, { decision: 'DENY', reason, riskScore: row.risk_score ?? 1 }, { governance });
      tellKeeper(tx, row);
      return null;
    }
    await tx.execute(sql`
      UPDATE keeper_requests SET execution = 'running', updated_at = now() WHERE id = ${row.id}`);
    return {
      id: row.id,
      workspaceId: row.workspace_id,
      crewId: row.crew_id,
      credentialId: row.credential_id,
      sealedValue: sealed.sealed_value,
      command: row.command!,
      envVar: row.env_var!,
      limitMs: sealed.limit_ms,
    };
  });
}

/** running → done, with what the command put out, scrubbed. One that was given up meanwhile stays so. */
export async function finishExecution(
  db: Database,
  address: WorkflowAddress,
  end: { readonly output: string; readonly exitCode: number },
): Promise<void> {
  await db.transaction(workflowScope(address), async (tx) => {
    const row = await lockKeeperRequest(tx, address.id);
    if (row === null || row.execution !== 'running') return;
    await tx.execute(sql`
      UPDATE keeper_requests SET execution = 'done', executed_at = clock_timestamp(), output = ${end.output},
        exit_code = ${end.exitCode}, updated_at = now()
      WHERE id = ${row.id}`);
    await tx.execute(sql`UPDATE credentials SET last_used_at = now() WHERE id = ${row.credential_id}`);
    await journalExecution(tx, row, { execution: 'done', exitCode: end.exitCode, error: null });
  });
}

/** What has not been run to its end, as far as anybody knows: the agent may ask again. */
export async function failExecution(tx: Tx, row: KeeperRequestRow, error: string): Promise<void> {
  await tx.execute(sql`
    UPDATE keeper_requests SET execution = 'failed', executed_at = clock_timestamp(), execution_error = ${error},
      updated_at = now()
    WHERE id = ${row.id}`);
  await journalExecution(tx, row, { execution: 'failed', exitCode: null, error });
}

/** The same from the workflow, for a host that did not say how it ended. */
export async function loseExecution(db: Database, address: WorkflowAddress, error: string): Promise<void> {
  await db.transaction(workflowScope(address), async (tx) => {
    const row = await lockKeeperRequest(tx, address.id);
    if (row?.execution === 'due' || row?.execution === 'running') await failExecution(tx, row, error);
  });
}

async function journalExecution(
  tx: Tx,
  row: KeeperRequestRow,
  end: { readonly execution: 'done' | 'failed'; readonly exitCode: number | null; readonly error: string | null },
): Promise<void> {
  const actor = keeperActor();
  const seq = await noteStep(tx, row, {
    state: end.execution === 'done' ? 'EXECUTED' : 'NOT_EXECUTED',
    actor,
    reason: end.error,
  });
  tx.journal({
    ...frameOf(row, actor),
    transitionId: `keeper-${row.id}:${seq}`,
    type: 'keeper.execution',
    severity: end.execution === 'done' ? 'notice' : 'warn',
    summary: `keeper: command ${end.execution}`,
    payload: { ...askedOf(row), execution: end.execution, exit_code: end.exitCode, error: end.error },
  });
  tellKeeper(tx, row);
}
