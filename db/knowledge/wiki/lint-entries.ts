import type { JsonObject } from '../../../domain/kernel/json/json-value.ts';
import type { ProposedLink } from '../../../domain/knowledge/wiki/propose-links.ts';
import type { FindingKind } from '../../../domain/knowledge/wiki/wiki.ts';
import type { ReadPool } from '../../kernel/read-pool.ts';
import { sql } from '../../kernel/sql.ts';

/** What is to be done about an entry. */
export interface SeenFinding {
  readonly kind: FindingKind;
  readonly entry_id: string;
  /** '' for none. */
  readonly other_entry_id: string;
  readonly detail: string;
  readonly evidence: JsonObject;
}

/** Most findings of one page. */
const MOST_OF_PAGE = 1_000;

const LIVE = sql.fragment`('published', 'stale')`;

/** The next entries of a namespace that readers find, after an entry. */
export async function nextLiveEntries(
  reads: ReadPool,
  workspaceId: string,
  namespaceId: string,
  { after, limit }: { readonly after: string; readonly limit: number },
): Promise<readonly string[]> {
  const rows = await reads.any<{ id: string }>(
    [workspaceId],
    sql`
      SELECT id FROM knowledge_entries
      WHERE namespace_id = ${namespaceId} AND workspace_id = ${workspaceId} AND status IN ${LIVE} AND id > ${after}
      ORDER BY id ${sql.limit(limit)}`,
  );
  return rows.map(({ id }) => id);
}

/** What rows show of these entries. Of two that say the same the later one, by its id, has the finding. */
export function lintEntries(
  reads: ReadPool,
  workspaceId: string,
  namespaceId: string,
  entryIds: readonly string[],
): Promise<readonly SeenFinding[]> {
  return reads.any<SeenFinding>(
    [workspaceId],
    sql`
      WITH page AS (
        SELECT id, kind, status, expires_at, md5(content) AS content_hash FROM knowledge_entries
        WHERE id = ANY (${sql.array([...entryIds], 'text')}) AND namespace_id = ${namespaceId}
          AND workspace_id = ${workspaceId} AND status IN ${LIVE}
      )
      SELECT 'orphan' AS kind, e.id AS entry_id, '' AS other_entry_id, '' AS detail, '{}'::jsonb AS evidence
      FROM page e
      WHERE e.kind = 'page' AND NOT EXISTS (
        SELECT 1 FROM knowledge_links l WHERE l.from_entry_id = e.id AND l.status = 'active'
      ) AND NOT EXISTS (
        SELECT 1 FROM knowledge_links l WHERE l.to_entry_id = e.id AND l.status = 'active'
      )
      UNION ALL
      SELECT 'broken_link', e.id, t.id, l.relation, jsonb_build_object('link_id', l.id, 'target_status', t.status)
      FROM page e JOIN knowledge_links l ON l.from_entry_id = e.id AND l.status = 'active'
      JOIN knowledge_entries t ON t.id = l.to_entry_id AND t.workspace_id = ${workspaceId}
      WHERE t.namespace_id = ${namespaceId} AND t.status IN ('archived', 'quarantined')
      UNION ALL
      SELECT 'missing_page', e.id, '', w.slug, jsonb_build_object('title', w.title)
      FROM page e JOIN knowledge_wanted_pages w ON w.entry_id = e.id
      UNION ALL
      SELECT 'duplicate', e.id, min(o.id), '', jsonb_build_object('others', count(*))
      FROM page e JOIN knowledge_entries o ON o.namespace_id = ${namespaceId} AND md5(o.content) = e.content_hash
        AND o.id < e.id AND o.status IN ${LIVE}
      GROUP BY e.id
      UNION ALL
      SELECT 'stale', e.id, '', '', jsonb_build_object('expires_at', e.expires_at)
      FROM page e WHERE e.status = 'stale' OR e.expires_at <= now()
      ORDER BY entry_id, kind, other_entry_id, detail ${sql.limit(MOST_OF_PAGE)}`,
  );
}

/** Of these links, those between entries that nothing links by that relation, in either direction. */
export async function readUnlinked(
  reads: ReadPool,
  workspaceId: string,
  links: readonly ProposedLink[],
): Promise<readonly ProposedLink[]> {
  if (links.length === 0) return [];
  return reads.any<ProposedLink>(
    [workspaceId],
    sql`
      SELECT p."from", p."to", p.relation, p.rationale
      FROM json_to_recordset(${sql.rows(links)}) AS p ("from" text, "to" text, relation text, rationale text)
      WHERE NOT EXISTS (
        SELECT 1 FROM knowledge_links l WHERE l.workspace_id = ${workspaceId} AND l.relation = p.relation
          AND (l.from_entry_id = p."from" AND l.to_entry_id = p."to"
            OR l.from_entry_id = p."to" AND l.to_entry_id = p."from"))`,
  );
}
