import { AGENT_POLICY } from '../../../domain/knowledge/namespaces/agent-policy-kind.ts';
import type { AgentPolicy, NamespaceAccess } from '../../../domain/knowledge/namespaces/namespace.ts';
import { ascending, listOrder, type Page, type PageRequest, readPage, slice } from '../../kernel/page.ts';
import type { ReadPool } from '../../kernel/read-pool.ts';
import { sql } from '../../kernel/sql.ts';
import { type Onlooker, reachedNamespaces } from './reach.ts';

export interface ListedNamespace {
  readonly name: string;
  readonly title: string;
  readonly access: NamespaceAccess;
  readonly entry_count: number;
  readonly review_required: boolean;
  readonly version: number;
}

const byName = listOrder(ascending('text', sql.fragment`n.name`));

/** What somebody reaches, by name; entries are counted as far as they see them. */
export function listNamespaces(
  reads: ReadPool,
  { workspaceId, userId }: Onlooker,
  page: PageRequest,
): Promise<Page<ListedNamespace>> {
  const where = sql.fragment`
    m.workspace_id = ${workspaceId} AND m.user_id = ${userId} AND m.disabled_at IS NULL AND a.access IS NOT NULL`;
  return readPage<ListedNamespace>(
    reads,
    [workspaceId],
    sql`
      SELECT r.name, r.title, r.access, r.review_required, r.version, r.page_key, r.total,
        (SELECT count(*) FROM knowledge_entries e WHERE e.namespace_id = r.id AND (r.access = 'write'
          OR e.status IN ('published', 'stale') AND e.visibility = 'visible')) AS entry_count
      FROM (
        SELECT n.id, n.name, coalesce(p.name, n.title) AS title, a.access, n.review_required, n.version,
          ${byName.key}, count(*) OVER () AS total
        FROM ${reachedNamespaces} WHERE ${where} ${byName.after(page)} ORDER BY ${byName.by} ${slice(page)}) r
      ORDER BY r.name`,
    page,
    () => sql`SELECT count(*) AS total FROM ${reachedNamespaces} WHERE ${where}`,
  );
}

export interface ListedAgentPolicy extends AgentPolicy {
  readonly agent_id: string;
  readonly agent_name: string;
  readonly version: number;
  readonly updated_at: string;
}

const byAgent = listOrder(ascending('text', sql.fragment`a.slug`), ascending('text', sql.fragment`a.id`));

/** What agents reach of which something was said, by the agents' names. */
export function listAgentPolicies(
  reads: ReadPool,
  workspaceId: string,
  page: PageRequest,
): Promise<Page<ListedAgentPolicy>> {
  const from = sql.fragment`config_documents d JOIN agents a ON a.id = d.key AND a.workspace_id = d.workspace_id
      AND a.deleted_at IS NULL
    WHERE d.workspace_id = ${workspaceId} AND d.kind = ${AGENT_POLICY}`;
  return readPage<ListedAgentPolicy>(
    reads,
    [workspaceId],
    sql`
      SELECT a.id AS agent_id, a.slug AS agent_name, d.body->'read' AS read, d.body->'write' AS write,
        (d.body->>'review_required')::boolean AS review_required, d.version, d.updated_at, ${byAgent.key},
        count(*) OVER () AS total
      FROM ${from} ${byAgent.after(page)} ORDER BY ${byAgent.by} ${slice(page)}`,
    page,
    () => sql`SELECT count(*) AS total FROM ${from}`,
  );
}

/** Of these names, those that no namespace of the workspace has. */
export async function unknownNamespaces(
  reads: ReadPool,
  workspaceId: string,
  names: readonly string[],
): Promise<readonly string[]> {
  const rows = await reads.any<{ name: string }>(
    [workspaceId],
    sql`
      SELECT w.name FROM ${sql.unnest(
        names.map((name) => [name]),
        ['text'],
      )} AS w (name)
      WHERE NOT EXISTS (SELECT 1 FROM knowledge_namespaces n
        WHERE n.workspace_id = ${workspaceId} AND n.name = w.name)`,
  );
  return rows.map(({ name }) => name);
}
