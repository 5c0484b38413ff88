import type { Database } from '../../kernel/database.ts';
import { sql } from '../../kernel/sql.ts';

/** Images that a host is to remove. */
export async function readImageRemovals(db: Database, hostId: string): Promise<readonly string[]> {
  const rows = await db.systemReads.any<{ image_id: string }>(
    [],
    sql`SELECT image_id FROM image_removals WHERE host_id = ${hostId} ORDER BY requested_at, image_id LIMIT 1000`,
  );
  return rows.map((row) => row.image_id);
}
