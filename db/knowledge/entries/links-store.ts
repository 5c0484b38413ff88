import { notFound } from '../../../domain/kernel/errors/crewship-error.ts';
import type { EntryKindName, EntryStatus } from '../../../domain/knowledge/entries/entry.ts';
import type { KnowledgeLink, LinkStatus, Relation } from '../../../domain/knowledge/entries/link.ts';
import { newestFirst, type Page, type PageRequest, readPage, slice } from '../../kernel/page.ts';
import type { ReadPool } from '../../kernel/read-pool.ts';
import { type Fragment, sql } from '../../kernel/sql.ts';
import type { Tx } from '../../kernel/transaction.ts';
import type { SightIds } from '../namespaces/reach.ts';
import { inSight } from './sight.ts';

const columns = sql.fragment`
  l.id, l.from_entry_id, l.to_entry_id, l.relation, l.weight, l.status, l.origin, l.rationale, l.created_by,
  l.created_at, l.updated_at`;
/** A link `l` with both ends. */
const fromLinks = sql.fragment`
  knowledge_links l JOIN knowledge_entries f ON f.id = l.from_entry_id
  JOIN knowledge_entries t ON t.id = l.to_entry_id`;

/** A link shows that its other end is there: who sees one end only, sees no link. */
const bothEnds = (sight: SightIds): Fragment => sql.fragment`${inSight('f', sight)} AND ${inSight('t', sight)}`;

const LINKS = newestFirst('l');

export const LINK_DIRECTIONS = ['in', 'out', 'both'] as const;

/** Links of an entry, the newest first. */
export function listLinks(
  reads: ReadPool,
  workspaceId: string,
  sight: SightIds,
  filter: {
    readonly entryId: string;
    readonly direction: (typeof LINK_DIRECTIONS)[number];
    readonly statuses: readonly LinkStatus[] | undefined;
  },
  page: PageRequest,
): Promise<Page<KnowledgeLink>> {
  const { entryId, direction, statuses } = filter;
  const ends = {
    in: sql.fragment`l.to_entry_id = ${entryId}`,
    out: sql.fragment`l.from_entry_id = ${entryId}`,
    both: sql.fragment`(l.from_entry_id = ${entryId} OR l.to_entry_id = ${entryId})`,
  };
  const ofStatus =
    statuses === undefined ? sql.fragment`` : sql.fragment`AND l.status = ANY (${sql.array([...statuses], 'text')})`;
  const where = sql.fragment`l.workspace_id = ${workspaceId} AND ${ends[direction]} AND ${bothEnds(sight)} ${ofStatus}`;
  return readPage<KnowledgeLink>(
    reads,
    [workspaceId],
    sql`
      SELECT ${columns}, ${LINKS.key}, count(*) OVER () AS total FROM ${fromLinks}
      WHERE ${where} ${LINKS.after(page)} ORDER BY ${LINKS.by} ${slice(page)}`,
    page,
    () => sql`SELECT count(*) AS total FROM ${fromLinks} WHERE ${where}`,
  );
}

/** A link from this entry, as the transaction has left it. Throws `not_found`. */
export async function getLinkIn(
  tx: Tx,
  entryId: string,
  id: string,
): Promise<KnowledgeLink & { readonly from_text: boolean }> {
  const row = await tx.maybeOne<KnowledgeLink & { readonly from_text: boolean }>(sql`
    SELECT ${columns}, l.from_text FROM knowledge_links l WHERE l.id = ${id} AND l.from_entry_id = ${entryId}`);
  if (row === null) throw notFound('link');
  return row;
}

export interface GraphNode {
  readonly id: string;
  readonly namespace: string;
  readonly title: string;
  readonly slug: string;
  readonly kind: EntryKindName;
  readonly status: EntryStatus;
}

export interface GraphEdge {
  readonly id: string;
  readonly from: string;
  readonly to: string;
  readonly relation: Relation;
  readonly weight: number;
}

const nodeColumns = sql.fragment`e.id, n.name AS namespace, e.title, e.slug, e.kind, e.status`;
const fromNodes = sql.fragment`knowledge_entries e JOIN knowledge_namespaces n ON n.id = e.namespace_id`;

/** Entries of a namespace, those changed last first. */
export function readNodesOf(
  reads: ReadPool,
  workspaceId: string,
  sight: SightIds,
  namespaceId: string,
  limit: number,
): Promise<readonly GraphNode[]> {
  return reads.any<GraphNode>(
    [workspaceId],
    sql`
      SELECT ${nodeColumns} FROM ${fromNodes}
      WHERE e.workspace_id = ${workspaceId} AND e.namespace_id = ${namespaceId} AND ${inSight('e', sight)}
      ORDER BY e.updated_at DESC, e.id DESC ${sql.limit(limit)}`,
  );
}

/** Those of these entries that are in sight. */
export function readNodes(
  reads: ReadPool,
  workspaceId: string,
  sight: SightIds,
  ids: readonly string[],
): Promise<readonly GraphNode[]> {
  return reads.any<GraphNode>(
    [workspaceId],
    sql`
      SELECT ${nodeColumns} FROM ${fromNodes}
      WHERE e.workspace_id = ${workspaceId} AND e.id = ANY (${sql.array([...ids], 'text')}) AND ${inSight('e', sight)}`,
  );
}

/**
 * Active links that have an end in these entries, both ends in sight; the heaviest of them when they are too many.
 * `within`: both ends are of these.
 */
export function readEdges(
  reads: ReadPool,
  workspaceId: string,
  sight: SightIds,
  from: {
    readonly ids: readonly string[];
    readonly relations: readonly Relation[] | undefined;
    readonly within: boolean;
    readonly limit: number;
  },
): Promise<readonly GraphEdge[]> {
  const ids = sql.array([...from.ids], 'text');
  const only =
    from.relations === undefined
      ? sql.fragment``
      : sql.fragment`AND l.relation = ANY (${sql.array([...from.relations], 'text')})`;
  const ends = from.within ? sql.fragment`AND` : sql.fragment`OR`;
  return reads.any<GraphEdge>(
    [workspaceId],
    sql`
      SELECT l.id, l.from_entry_id AS "from", l.to_entry_id AS "to", l.relation, l.weight FROM ${fromLinks}
      WHERE l.workspace_id = ${workspaceId} AND l.status = 'active'
        AND (l.from_entry_id = ANY (${ids}) ${ends} l.to_entry_id = ANY (${ids})) AND ${bothEnds(sight)} ${only}
      ORDER BY l.weight DESC, l.id ${sql.limit(from.limit)}`,
  );
}
