import type { Database } from '../../kernel/database.ts';
import { sql } from '../../kernel/sql.ts';

/** The execs of a container that rows name: those of its attempts. */
export async function readKnownExecs(
  db: Pick<Database, 'systemReads'>,
  containerId: string,
  execIds: readonly string[],
): Promise<ReadonlySet<string>> {
  const ids = sql.array([...execIds], 'text');
  const rows = await db.systemReads.any<{ exec_id: string }>(
    [],
    sql`
      SELECT exec_id FROM runs WHERE status = 'RUNNING' AND container_id = ${containerId} AND exec_id = ANY(${ids})`,
  );
  return new Set(rows.map((row) => row.exec_id));
}
