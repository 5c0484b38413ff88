import type { Actor } from '../../../domain/kernel/access/authority.ts';
import { sql } from '../../../db/kernel/sql.ts';
import type { Tx } from '../../../db/kernel/transaction.ts';
import { lockMission } from '../../../db/work/missions/mission-row.ts';
import { requestRunCancel } from '../runs/cancel-run.ts';

/** Nobody waits for the answer any more: the run that would give it is stopped, if it has not ended. */
export async function cancelQuery(tx: Tx, queryId: string, actor: Actor): Promise<void> {
  const query = await tx.maybeOne<{ run_id: string; mission_id: string | null }>(sql`
    SELECT q.run_id, r.mission_id FROM peer_requests q JOIN runs r ON r.id = q.run_id WHERE q.id = ${queryId}`);
  if (query === null) return;
  if (query.mission_id !== null) await lockMission(tx, query.mission_id);
  await requestRunCancel(tx, query.run_id, actor);
}
