import type { Database } from '../../kernel/database.ts';
import { sql } from '../../kernel/sql.ts';

/**
 * Those of these runs whose processes stay when their commands have ended: a port that they opened is still open, and
 * their mission, if they have one, is neither over nor gone.
 */
export async function findKeptRuns(
  db: Pick<Database, 'systemReads'>,
  runIds: readonly string[],
): Promise<ReadonlySet<string>> {
  if (runIds.length === 0) return new Set();
  const rows = await db.systemReads.any<{ id: string }>(
    [],
    sql`
      SELECT r.id FROM runs r LEFT JOIN missions m ON m.id = r.mission_id
      WHERE r.id = ANY(${sql.array([...runIds], 'text')})
        AND EXISTS (SELECT 1 FROM port_exposures p
          WHERE p.run_id = r.id AND p.status = 'active' AND p.expires_at > clock_timestamp())
        AND (r.mission_id IS NULL OR m.status NOT IN ('COMPLETED', 'FAILED', 'CANCELLED'))`,
  );
  return new Set(rows.map(({ id }) => id));
}
