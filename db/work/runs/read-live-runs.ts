import type { ReadPool } from '../../kernel/read-pool.ts';
import { sql } from '../../kernel/sql.ts';

/** Which of these runs have a place or run now. */
export async function readLiveRuns(systemReads: ReadPool, runIds: readonly string[]): Promise<ReadonlySet<string>> {
  const rows = await systemReads.any<{ id: string }>(
    [],
    sql`SELECT id FROM runs WHERE id = ANY (${sql.array([...runIds], 'text')}) AND status IN ('ADMITTED', 'RUNNING')`,
  );
  return new Set(rows.map(({ id }) => id));
}
