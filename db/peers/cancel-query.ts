import type { Actor } from '../../domain/access/authority.ts';
import { sql } from '../kernel/sql.ts';
import type { Tx } from '../kernel/transaction.ts';
import { lockMission } from '../missions/mission-row.ts';
import { requestRunCancel } from '../runs/cancel-run.ts';

/** Nobody waits for the answer any more: the run that would give it is stopped, if it has not ended. */
export async function cancelQuery(tx: Tx, queryId: string, actor: Actor): Promise<void> {
  const query = await tx.maybeOne<{ run_id: string; mission_id: string | null }>(sql`
    SELECT q.run_id, r.mission_id FROM peer_requests q JOIN runs r ON r.id = q.run_id WHERE q.id = ${queryId}`);
  if (query === null) return;
  if (query.mission_id !== null) await lockMission(tx, query.mission_id);
  await requestRunCancel(tx, query.run_id, actor);
}
