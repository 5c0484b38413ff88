import type { PromptStandard } from '../../../domain/crews/standards/prompt-standard.ts';
import { ascending, listOrder, type Page, type PageRequest, readPage, slice } from '../../kernel/page.ts';
import type { ReadPool } from '../../kernel/read-pool.ts';
import { sql } from '../../kernel/sql.ts';

export interface StandardRow {
  /** An agent's slug, or `default`. */
  readonly agent_name: string;
  readonly agent_id: string | null;
  readonly body: PromptStandard;
  readonly version: number;
  readonly updated_by: string | null;
  readonly updated_at: string;
}

const ORDER = listOrder(ascending('text', sql.fragment`d.key`));

/** Those of live agents and the default; of one key where `key` says so. */
export function listPromptStandards(
  reads: ReadPool,
  workspaceId: string,
  key: string | undefined,
  page: PageRequest,
): Promise<Page<StandardRow>> {
  const source = sql.fragment`
    config_documents d LEFT JOIN agents a ON a.id = d.key AND a.workspace_id = d.workspace_id AND a.deleted_at IS NULL
    WHERE d.workspace_id = ${workspaceId} AND d.kind = 'prompt-standard' AND (d.key = 'default' OR a.id IS NOT NULL)
      ${key === undefined ? sql.fragment`` : sql.fragment`AND d.key = ${key}`}`;
  return readPage<StandardRow>(
    reads,
    [workspaceId],
    sql`
      SELECT coalesce(a.slug, d.key) AS agent_name, a.id AS agent_id, d.body, d.version, d.updated_at,
        (SELECT v.created_by FROM config_document_versions v WHERE v.workspace_id = d.workspace_id
          AND v.kind = d.kind AND v.key = d.key AND v.version = d.version) AS updated_by,
        ${ORDER.key}, count(*) OVER () AS total
      FROM ${source} ${ORDER.after(page)} ORDER BY ${ORDER.by} ${slice(page)}`,
    page,
    () => sql`SELECT count(*) AS total FROM ${source}`,
  );
}
