import type { ReadPool } from '../../kernel/read-pool.ts';
import { sql } from '../../kernel/sql.ts';

/** Which of these workspaces the database knows. */
export async function readKnownWorkspaces(
  systemReads: Pick<ReadPool, 'any'>,
  ids: readonly string[],
): Promise<ReadonlySet<string>> {
  if (ids.length === 0) return new Set();
  const rows = await systemReads.any<{ id: string }>(
    [],
    sql`SELECT id FROM workspaces WHERE id = ANY(${sql.array([...ids], 'text')})`,
  );
  return new Set(rows.map((row) => row.id));
}
