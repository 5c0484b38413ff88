import { sql } from '../../../db/kernel/sql.ts';
import type { Tx } from '../../../db/kernel/transaction.ts';
import type { RunRow } from '../../../db/work/runs/run-row.ts';
import { keeperActor } from './keeper-journal.ts';

/**
 * Takes away what the keeper leased to a run that ends in this transaction: the next attempt in the same container has
 * to ask by itself.
 */
export async function endRunGrants(tx: Tx, run: Pick<RunRow, 'id' | 'workspace_id' | 'crew_id'>): Promise<void> {
  const ended = await tx.any<{ id: string; agent_id: string; credential_id: string }>(sql`
    DELETE FROM credential_grants WHERE run_id = ${run.id} RETURNING id, agent_id, credential_id`);
  for (const { id, agent_id: agentId, credential_id: credentialId } of ended) {
    tx.journal({
      type: 'credential.lease_ended',
      severity: 'notice',
      actor: keeperActor(),
      workspaceId: run.workspace_id,
      crewId: run.crew_id,
      agentId,
      traceId: run.id,
      targetType: 'credential',
      targetId: credentialId,
      summary: 'a lease ended with its run',
      payload: { assignment_id: id },
    });
  }
}
