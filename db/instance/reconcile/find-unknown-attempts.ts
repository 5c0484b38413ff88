import type { Database } from '../../kernel/database.ts';
import { sql } from '../../kernel/sql.ts';

/** The attempts of these execs and ids that the database does not know at all. */
export async function findUnknownAttempts(
  db: Pick<Database, 'systemReads'>,
  attemptIds: readonly string[],
): Promise<readonly string[]> {
  const rows = await db.systemReads.any<{ id: string }>(
    [],
    sql`
      SELECT asked.id FROM unnest(${sql.array([...attemptIds], 'text')}) AS asked(id)
      WHERE NOT EXISTS (SELECT 1 FROM runs WHERE runs.id = asked.id)`,
  );
  return rows.map((row) => row.id);
}
