import type { ReadPool } from '../../kernel/read-pool.ts';
import { sql } from '../../kernel/sql.ts';

/** The workspaces that a person may enter now, the longest known first. */
export async function listMemberships(
  systemReads: ReadPool,
  userId: string,
): Promise<{ readonly id: string; readonly slug: string }[]> {
  return systemReads.any(
    [],
    sql`SELECT w.id, w.slug FROM memberships m JOIN workspaces w ON w.id = m.workspace_id AND w.deleted_at IS NULL
        WHERE m.user_id = ${userId} AND m.disabled_at IS NULL ORDER BY m.created_at, m.id`,
  );
}
