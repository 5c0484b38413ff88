import type { ReadPool } from '../../kernel/read-pool.ts';
import { sql } from '../../kernel/sql.ts';

/** The workspace of each of these crews that is live: what a host must know before it speaks for a crew. */
export async function findCrewWorkspaces(
  systemReads: ReadPool,
  crewIds: readonly string[],
): Promise<Map<string, string>> {
  const rows = await systemReads.any<{ id: string; workspace_id: string }>(
    [],
    sql`SELECT id, workspace_id FROM crews WHERE id = ANY (${sql.array([...crewIds], 'text')}) AND deleted_at IS NULL`,
  );
  return new Map(rows.map((row) => [row.id, row.workspace_id]));
}
