import { sql } from '../../kernel/sql.ts';
import type { Tx } from '../../kernel/transaction.ts';

/** Whether `from` may write to `to`; the connection stays until the transaction ends. */
export async function holdConnection(tx: Tx, fromCrewId: string, toCrewId: string): Promise<boolean> {
  const link = await tx.maybeOne(sql`
    SELECT 1 FROM crew_connections
    WHERE (from_crew_id = ${fromCrewId} AND to_crew_id = ${toCrewId})
      OR (from_crew_id = ${toCrewId} AND to_crew_id = ${fromCrewId} AND direction = 'bidirectional')
    FOR SHARE`);
  return link !== null;
}
