import type { JsonObject } from '../../../domain/kernel/json/json-value.ts';
import type { EntryStatus } from '../../../domain/knowledge/entries/entry.ts';
import type { FindingStatus, WikiQueue } from '../../../domain/knowledge/wiki/wiki.ts';
import { descending, listOrder, type Page, type PageRequest, readPage, slice } from '../../kernel/page.ts';
import type { ReadPool } from '../../kernel/read-pool.ts';
import { type Fragment, sql } from '../../kernel/sql.ts';

/** What waits for people: a finding, or an entry that is to be reviewed or is held back. */
export interface WikiItem {
  readonly id: string;
  readonly type: 'finding' | 'entry';
  readonly queue: WikiQueue;
  readonly status: FindingStatus;
  readonly namespace: string;
  readonly entry: { readonly id: string; readonly title: string; readonly status: EntryStatus };
  /** The other entry that it is about. */
  readonly other: { readonly id: string; readonly title: string; readonly status: EntryStatus } | null;
  readonly evidence: JsonObject;
  readonly created_at: string;
}

export interface WikiFilter {
  /** That the caller writes. */
  readonly namespaceIds: readonly string[];
  readonly queue: WikiQueue | undefined;
  readonly status: FindingStatus;
}

/** Rows of all queues, each as where it is and since when. Entries wait, so they are open. */
function waiting(workspaceId: string, { namespaceIds, status }: Omit<WikiFilter, 'queue'>): Fragment {
  const ids = sql.array([...namespaceIds], 'text');
  return sql.fragment`
    SELECT f.id, 'finding' AS type, f.kind AS queue, f.status, f.namespace_id, f.entry_id, f.other_entry_id, f.evidence,
      f.created_at
    FROM wiki_findings f
    WHERE f.workspace_id = ${workspaceId} AND f.namespace_id = ANY (${ids}) AND f.status = ${status}
    UNION ALL
    SELECT e.id, 'entry', CASE e.status WHEN 'quarantined' THEN 'quarantine' ELSE 'review' END, 'open', e.namespace_id,
      e.id, '', '{}', e.updated_at
    FROM knowledge_entries e
    WHERE e.workspace_id = ${workspaceId} AND e.namespace_id = ANY (${ids}) AND ${status} = 'open'
      AND e.status IN ('pending_review', 'quarantined')`;
}

const shown = (alias: string): Fragment => {
  const column = (name: string) => sql.identifier([alias, name]);
  return sql.fragment`
    jsonb_build_object('id', ${column('id')}, 'title', ${column('title')}, 'status', ${column('status')})`;
};

const ITEMS = listOrder(descending('time', sql.fragment`w.created_at`), descending('text', sql.fragment`w.id`));

/** Those that wait, the newest first. */
export function listWikiItems(
  reads: ReadPool,
  workspaceId: string,
  filter: WikiFilter,
  page: PageRequest,
): Promise<Page<WikiItem>> {
  const ofQueue = filter.queue === undefined ? sql.fragment`true` : sql.fragment`w.queue = ${filter.queue}`;
  const from = sql.fragment`(${waiting(workspaceId, filter)}) w`;
  return readPage<WikiItem>(
    reads,
    [workspaceId],
    sql`
      SELECT w.id, w.type, w.queue, w.status, n.name AS namespace, ${shown('e')} AS entry,
        CASE WHEN o.id IS NOT NULL THEN ${shown('o')} END AS other, w.evidence, w.created_at, w.page_key, w.total
      FROM (
        SELECT w.*, ${ITEMS.key}, count(*) OVER () AS total FROM ${from}
        WHERE ${ofQueue} ${ITEMS.after(page)} ORDER BY ${ITEMS.by} ${slice(page)}) w
      JOIN knowledge_namespaces n ON n.id = w.namespace_id
      JOIN knowledge_entries e ON e.id = w.entry_id
      LEFT JOIN knowledge_entries o ON o.id = w.other_entry_id AND o.namespace_id = w.namespace_id
      ORDER BY ${ITEMS.by}`,
    page,
    () => sql`SELECT count(*) AS total FROM ${from} WHERE ${ofQueue}`,
  );
}

/** How many wait in each queue that has some. */
export function countWikiQueues(
  reads: ReadPool,
  workspaceId: string,
  filter: Omit<WikiFilter, 'queue'>,
): Promise<readonly { readonly name: WikiQueue; readonly count: number }[]> {
  return reads.any(
    [workspaceId],
    sql`
      SELECT w.queue AS name, count(*)::integer AS count FROM (${waiting(workspaceId, filter)}) w
      GROUP BY w.queue ORDER BY w.queue`,
  );
}
