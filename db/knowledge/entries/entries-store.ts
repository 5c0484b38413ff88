import { notFound } from '../../../domain/kernel/errors/crewship-error.ts';
import type {
  EntryKindName,
  EntryStatus,
  EntrySummary,
  KnowledgeEntry,
} from '../../../domain/knowledge/entries/entry.ts';
import {
  ascending,
  descending,
  type ListOrder,
  listOrder,
  newestFirst,
  type Page,
  type PageRequest,
  readPage,
  slice,
} from '../../kernel/page.ts';
import type { ReadPool } from '../../kernel/read-pool.ts';
import { type Fragment, sql } from '../../kernel/sql.ts';
import type { Tx } from '../../kernel/transaction.ts';
import type { SightIds } from '../namespaces/reach.ts';
import { inSight } from './sight.ts';

/** What has expired is stale, whoever looks and whenever. */
const statusNow = sql.fragment`
  CASE WHEN e.status = 'published' AND e.expires_at <= now() THEN 'stale' ELSE e.status END`;

const source = (alias: string): Fragment => {
  const [type, url] = [sql.identifier([alias, 'source_type']), sql.identifier([alias, 'source_url'])];
  return sql.fragment`
    CASE WHEN ${type} IS NOT NULL THEN jsonb_build_object('type', ${type}, 'url', ${url}) END AS source`;
};

/** Where it is filed now, whichever version is looked at. */
/** Entries of a file are where that is, which is kept without the first slash. */
const folderNow = sql.fragment`CASE WHEN n.project_id IS NOT NULL
    THEN coalesce((SELECT '/' || d.folder FROM knowledge_files d WHERE d.id = e.file_id), e.folder) END AS folder`;

/** Of an entry `e` and its namespace `n`. */
export const entrySummaryColumns = sql.fragment`
  e.id, n.name AS namespace, e.title, e.slug, e.kind, e.summary, e.tags, ${statusNow} AS status, e.visibility,
  ${source('e')}, e.file_id, n.project_id, ${folderNow}, e.confidence, e.expires_at, e.version, e.created_by,
  e.created_at, e.updated_at`;
const wholeColumns = sql.fragment`${entrySummaryColumns}, e.content`;
export const fromEntries = sql.fragment`knowledge_entries e JOIN knowledge_namespaces n ON n.id = e.namespace_id`;

const ORDERS = {
  updated: listOrder(descending('time', sql.fragment`e.updated_at`), descending('text', sql.fragment`e.id`)),
  created: newestFirst('e'),
  title: listOrder(ascending('text', sql.fragment`e.slug`), ascending('text', sql.fragment`e.id`)),
} as const satisfies Record<string, ListOrder>;
export type EntryOrder = keyof typeof ORDERS;
export const ENTRY_ORDERS = Object.keys(ORDERS) as [EntryOrder, ...EntryOrder[]];

export interface EntryFilter {
  readonly statuses: readonly EntryStatus[] | undefined;
  readonly kinds: readonly EntryKindName[] | undefined;
  readonly tag: string | undefined;
  readonly fileId: string | undefined;
  /** Part of the title. */
  readonly search: string | undefined;
  readonly updatedSince: string | undefined;
  readonly order: EntryOrder;
}

/** Without their contents. */
export function listEntries(
  reads: ReadPool,
  workspaceId: string,
  sight: SightIds,
  filter: EntryFilter,
  page: PageRequest,
): Promise<Page<EntrySummary>> {
  const { statuses, kinds, tag, fileId, search, updatedSince } = filter;
  const order = ORDERS[filter.order];
  const conditions = [sql.fragment`e.workspace_id = ${workspaceId}`, inSight('e', sight)];
  if (statuses !== undefined) conditions.push(sql.fragment`(${statusNow}) = ANY (${sql.array([...statuses], 'text')})`);
  if (kinds !== undefined) conditions.push(sql.fragment`e.kind = ANY (${sql.array([...kinds], 'text')})`);
  if (tag !== undefined) conditions.push(sql.fragment`${tag} = ANY (e.tags)`);
  if (fileId !== undefined) conditions.push(sql.fragment`e.file_id = ${fileId}`);
  if (search !== undefined) conditions.push(sql.fragment`strpos(lower(e.title), lower(${search})) > 0`);
  if (updatedSince !== undefined) conditions.push(sql.fragment`e.updated_at >= ${updatedSince}::timestamptz`);
  const where = sql.join(conditions, sql.fragment` AND `);
  return readPage<EntrySummary>(
    reads,
    [workspaceId],
    sql`
      SELECT ${entrySummaryColumns}, ${order.key}, count(*) OVER () AS total FROM ${fromEntries}
      WHERE ${where} ${order.after(page)} ORDER BY ${order.by} ${slice(page)}`,
    page,
    () => sql`SELECT count(*) AS total FROM ${fromEntries} WHERE ${where}`,
  );
}

/** As it is, or as it was in one of its versions. Throws `not_found`. */
export async function getEntry(
  reads: ReadPool,
  workspaceId: string,
  sight: SightIds,
  id: string,
  version?: number,
): Promise<KnowledgeEntry> {
  const seen = sql.fragment`e.id = ${id} AND e.workspace_id = ${workspaceId} AND ${inSight('e', sight)}`;
  const row = await reads.maybeOne<KnowledgeEntry>(
    [workspaceId],
    version === undefined
      ? sql`SELECT ${wholeColumns} FROM ${fromEntries} WHERE ${seen}`
      : sql`
        SELECT e.id, n.name AS namespace, v.title, e.slug, v.kind, v.summary, v.tags, v.status, v.visibility,
          ${source('v')}, e.file_id, n.project_id, ${folderNow}, v.confidence, v.expires_at, v.version, e.created_by,
          e.created_at, v.changed_at AS updated_at, v.content
        FROM ${fromEntries} JOIN knowledge_entry_versions v ON v.entry_id = e.id AND v.version = ${version}
        WHERE ${seen} AND (v.version = e.version OR e.namespace_id = ANY (${sql.array([...sight.writes], 'text')})
          OR v.status IN ('published', 'stale') AND v.visibility = 'visible')`,
  );
  if (row === null) throw notFound('entry');
  return row;
}

/** Where somebody who names an entry has to look. */
export interface EntryPlace {
  readonly id: string;
  readonly namespace_id: string;
  readonly status: EntryStatus;
  readonly visibility: 'visible' | 'hidden';
}

/** Of these, those that are there. */
export function findEntryPlaces(tx: Tx, workspaceId: string, ids: readonly string[]): Promise<readonly EntryPlace[]> {
  return tx.any<EntryPlace>(sql`
    SELECT e.id, e.namespace_id, e.status, e.visibility FROM knowledge_entries e
    WHERE e.id = ANY (${sql.array([...ids], 'text')}) AND e.workspace_id = ${workspaceId}`);
}

/** As the transaction has left it. Throws `not_found`. */
export async function getEntryIn(tx: Tx, id: string): Promise<KnowledgeEntry> {
  const row = await tx.maybeOne<KnowledgeEntry>(sql`SELECT ${wholeColumns} FROM ${fromEntries} WHERE e.id = ${id}`);
  if (row === null) throw notFound('entry');
  return row;
}
