import type { Database } from '../../kernel/database.ts';
import { sql } from '../../kernel/sql.ts';

/** Of these builds, those whose workflow still lives. */
export async function findOpenBuilds(db: Database, buildIds: readonly string[]): Promise<ReadonlySet<string>> {
  const rows = await db.systemReads.any<{ id: string }>(
    [],
    sql`SELECT id FROM image_builds WHERE id = ANY (${sql.array([...buildIds], 'text')}) AND closed_at IS NULL`,
  );
  return new Set(rows.map(({ id }) => id));
}
