import type { ReadPool } from '../../kernel/read-pool.ts';
import { sql } from '../../kernel/sql.ts';

/** Whether no user exists. */
export async function needsBootstrap(systemReads: ReadPool): Promise<boolean> {
  const row = await systemReads.maybeOne<{ empty: boolean }>([], sql`SELECT NOT EXISTS (SELECT 1 FROM users) AS empty`);
  return row?.empty === true;
}
