import { sql } from '../../kernel/sql.ts';
import type { Tx } from '../../kernel/transaction.ts';

/**
 * The next number of a prefix in a workspace. The counter's row is held until the commit: numbers have no gaps, and no
 * two rows share an identifier, also those of different kinds under one prefix.
 */
export async function nextNumber(tx: Tx, workspaceId: string, prefix: string): Promise<number> {
  const { last_number: number } = await tx.one<{ last_number: number }>(sql`
    INSERT INTO identifier_counters AS c (workspace_id, prefix, last_number) VALUES (${workspaceId}, ${prefix}, 1)
    ON CONFLICT (workspace_id, prefix) DO UPDATE SET last_number = c.last_number + 1 RETURNING last_number`);
  return number;
}
