import type { Database } from '../../kernel/database.ts';
import { sql } from '../../kernel/sql.ts';

/** The workspaces that asked for builds first, by the build's id. */
export async function readBuildWorkspaces(
  db: Pick<Database, 'systemReads'>,
  buildIds: readonly string[],
): Promise<ReadonlyMap<string, string>> {
  const rows = await db.systemReads.any<{ id: string; workspace_id: string }>(
    [],
    sql`
      SELECT id, asked_by_workspace_id AS workspace_id FROM image_builds
      WHERE id = ANY(${sql.array([...buildIds], 'text')})`,
  );
  return new Map(rows.map(({ id, workspace_id: workspaceId }) => [id, workspaceId]));
}
