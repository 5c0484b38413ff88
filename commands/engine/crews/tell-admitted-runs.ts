import { sql } from '../../../db/kernel/sql.ts';
import type { Tx } from '../../../db/kernel/transaction.ts';

/** Tells the runs that wait for a crew's container that something about it has changed. */
export async function tellAdmittedRuns(tx: Tx, crewId: string): Promise<void> {
  const runs = await tx.any<{ id: string; workspace_id: string }>(sql`
    SELECT r.id, r.workspace_id FROM runs r JOIN crews c ON c.id = r.crew_id AND c.host_id = r.host_id
    WHERE r.crew_id = ${crewId} AND r.status = 'ADMITTED' AND NOT r.reported`);
  for (const { id, workspace_id: workspaceId } of runs) {
    tx.enqueue({ kind: 'workflow', workflow: 'run', address: { workspaceId, id, generation: 0 } });
  }
}
