import type { ToolConfig } from '../../../domain/integrations/mcp/tool-config.ts';
import { ascending, listOrder, type Page, type PageRequest, readPage, slice } from '../../kernel/page.ts';
import type { ReadPool } from '../../kernel/read-pool.ts';
import { sql } from '../../kernel/sql.ts';

export interface ToolConfigRow {
  readonly team_id: string;
  readonly body: ToolConfig | null;
  readonly version: number;
  readonly updated_by: string | null;
  readonly updated_at: string | null;
}

const ORDER = listOrder(ascending('text', sql.fragment`w.id`));

/** What the workspaces that a person manages, of these, say of their agents' tools; also those that say nothing. */
export function listToolConfigs(
  reads: ReadPool,
  by: { readonly userId: string; readonly workspaceIds: readonly string[] },
  page: PageRequest,
): Promise<Page<ToolConfigRow>> {
  const { workspaceIds } = by;
  const managed = sql.fragment`w.id = ANY (${sql.array([...workspaceIds], 'text')}) AND w.deleted_at IS NULL
    AND EXISTS (SELECT 1 FROM memberships m WHERE m.workspace_id = w.id AND m.user_id = ${by.userId}
      AND m.role IN ('OWNER', 'ADMIN') AND m.disabled_at IS NULL)`;
  return readPage<ToolConfigRow>(
    reads,
    workspaceIds,
    sql`
      SELECT w.id AS team_id, d.body, coalesce(d.version, 0) AS version, v.created_by AS updated_by,
        d.updated_at, ${ORDER.key}, count(*) OVER () AS total
      FROM workspaces w
      LEFT JOIN config_documents d ON d.workspace_id = w.id AND d.kind = 'tool-config' AND d.key = ''
      LEFT JOIN config_document_versions v ON v.workspace_id = d.workspace_id AND v.kind = d.kind AND v.key = d.key
        AND v.version = d.version
      WHERE ${managed} ${ORDER.after(page)}
      ORDER BY ${ORDER.by} ${slice(page)}`,
    page,
    () => sql`SELECT count(*) AS total FROM workspaces w WHERE ${managed}`,
  );
}
