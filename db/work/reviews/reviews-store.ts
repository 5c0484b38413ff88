import { notFound } from '../../../domain/kernel/errors/crewship-error.ts';
import type { ReviewItem, ReviewItemStatus, ReviewStep } from '../../../domain/work/reviews/review-item.ts';
import {
  ascending,
  descending,
  listOrder,
  newestFirst,
  type Page,
  type PageRequest,
  readPage,
  slice,
} from '../../kernel/page.ts';
import type { ReadPool } from '../../kernel/read-pool.ts';
import { type Fragment, type Query, sql } from '../../kernel/sql.ts';
import type { Tx } from '../../kernel/transaction.ts';
import { type ReviewReader, seesReview } from './review-sight.ts';

/** An item `i` with its decision `a`, which alone says how it stands. */
const source = sql.fragment`
  review_items i JOIN approvals a ON a.workspace_id = i.workspace_id AND a.id = i.approval_id`;

const statusNow = sql.fragment`
  CASE a.status WHEN 'approved' THEN 'approved' WHEN 'denied' THEN 'rejected'
    WHEN 'pending' THEN CASE WHEN i.quarantined_at IS NULL THEN 'pending' ELSE 'quarantined' END
    ELSE 'cancelled' END`;

const columns = sql.fragment`
  i.id, i.kind, i.title, ${statusNow} AS status, i.priority, i.score, CASE WHEN i.subject_id IS NOT NULL
    THEN jsonb_build_object('type', i.subject_type, 'id', i.subject_id) END AS subject,
  i.project_id, i.chat_id AS session_id, i.submitted_by, i.assignee_id, i.approval_id, i.due_at, i.created_at, (
    SELECT coalesce(jsonb_agg(jsonb_build_object('index', f.position, 'name', f.name, 'mime', f.mime,
      'size_bytes', f.size_bytes) ORDER BY f.position), '[]')
    FROM review_attachments f WHERE f.item_id = i.id) AS attachments,
  a.decided_by, a.decided_at, a.decision_comment`;

interface Decided {
  readonly decided_by: string | null;
  readonly decided_at: string | null;
  readonly decision_comment: string | null;
}
const VERDICTS = ['approved', 'rejected'] as const;
type ItemRecord = Omit<ReviewItem, 'decision'> & Decided;

function toItem<Row extends ItemRecord>({ decided_by: by, decided_at: at, decision_comment: note, ...item }: Row) {
  const verdict = VERDICTS.find((one) => one === item.status);
  return { ...item, decision: verdict === undefined || at === null ? null : { verdict, by, at, note } };
}

export interface ReviewFilter {
  readonly statuses?: readonly ReviewItemStatus[] | undefined;
  readonly kind?: string | undefined;
  readonly assigneeId?: string | undefined;
  /** That the reader submitted; false: only those of others. */
  readonly isMine?: boolean | undefined;
  readonly projectId?: string | undefined;
  readonly sort: 'created_at' | 'priority' | 'due_at';
}

const ORDERS = {
  created_at: newestFirst('i'),
  priority: listOrder(
    ascending('integer', sql.fragment`array_position(ARRAY['urgent', 'high', 'medium', 'low', 'none'], i.priority)`),
    descending('time', sql.fragment`i.created_at`),
    descending('text', sql.fragment`i.id`),
  ),
  // Those without a date are the last.
  due_at: listOrder(
    ascending('time', sql.fragment`coalesce(i.due_at, '9999-01-01T00:00:00Z'::timestamptz)`),
    descending('time', sql.fragment`i.created_at`),
    descending('text', sql.fragment`i.id`),
  ),
};

function matching(reader: ReviewReader, filter: Omit<ReviewFilter, 'sort'>): Fragment {
  const all = [seesReview(reader)];
  const { statuses, kind, assigneeId, isMine, projectId } = filter;
  if (statuses !== undefined) all.push(sql.fragment`${statusNow} = ANY (${sql.array([...statuses], 'text')})`);
  if (kind !== undefined) all.push(sql.fragment`i.kind = ${kind}`);
  if (assigneeId !== undefined) all.push(sql.fragment`i.assignee_id = ${assigneeId}`);
  if (isMine !== undefined) all.push(sql.fragment`(i.submitted_by = ${reader.userId}) = ${isMine}`);
  if (projectId !== undefined) all.push(sql.fragment`i.project_id = ${projectId}`);
  return sql.join(all, sql.fragment` AND `);
}

/** Items that somebody sees. */
export async function listReviews(
  reads: ReadPool,
  reader: ReviewReader,
  filter: ReviewFilter,
  page: PageRequest,
): Promise<Page<ReviewItem>> {
  const where = matching(reader, filter);
  const order = ORDERS[filter.sort];
  const found = await readPage<ItemRecord>(
    reads,
    [reader.workspaceId],
    sql`
      SELECT ${columns}, ${order.key}, count(*) OVER () AS total FROM ${source}
      WHERE ${where} ${order.after(page)} ORDER BY ${order.by} ${slice(page)}`,
    page,
    () => sql`SELECT count(*) AS total FROM ${source} WHERE ${where}`,
  );
  return { ...found, rows: found.rows.map(toItem) };
}

/** An item with what is to be looked at, and what became of it. */
export interface WholeReview extends ReviewItem {
  readonly content: string | null;
  readonly metadata: Readonly<Record<string, unknown>>;
  readonly history: readonly ReviewStep[];
}

type WholeRecord = ItemRecord & {
  readonly content: string | null;
  readonly metadata: Readonly<Record<string, unknown>>;
  readonly quarantined_at: string | null;
  readonly quarantined_by: string | null;
  readonly quarantine_reason: string | null;
};

const one = (reader: ReviewReader, id: string): Query => sql`
  SELECT ${columns}, i.content, i.metadata, i.quarantined_at, i.quarantined_by, i.quarantine_reason
  FROM ${source} WHERE i.id = ${id} AND ${seesReview(reader)}`;

function toWhole(record: WholeRecord): WholeReview {
  const { quarantined_at: at, quarantined_by: by, quarantine_reason: reason, ...rest } = record;
  const submitted = { action: 'submitted', by: record.submitted_by, at: record.created_at, note: null } as const;
  const quarantined = at === null ? [] : [{ action: 'quarantined' as const, by, at, note: reason }];
  const { status, decided_at: endedAt, decided_by: endedBy, decision_comment: note } = record;
  const ended =
    endedAt === null || status === 'pending' || status === 'quarantined'
      ? []
      : [{ action: status, by: endedBy, at: endedAt, note }];
  return { ...toItem(rest), history: [submitted, ...quarantined, ...ended] };
}

/** Throws `not_found`, also for an item that its reader does not see. */
export async function getReview(reads: ReadPool, reader: ReviewReader, id: string): Promise<WholeReview> {
  const record = await reads.maybeOne<WholeRecord>([reader.workspaceId], one(reader, id));
  if (record === null) throw notFound('review item');
  return toWhole(record);
}

/** The same, as the transaction has left it. */
export async function getReviewIn(tx: Tx, reader: ReviewReader, id: string): Promise<WholeReview> {
  const record = await tx.maybeOne<WholeRecord>(one(reader, id));
  if (record === null) throw notFound('review item');
  return toWhole(record);
}

/** How items that somebody sees stand. */
export interface ReviewStats {
  readonly by_status: Readonly<Record<ReviewItemStatus, number>>;
  readonly by_kind: Readonly<Record<string, number>>;
  readonly oldest_pending_s: number | null;
  readonly median_decision_s: number | null;
}

/** Kinds that are counted: those with most items. */
const MAX_KINDS = 50;

export async function readReviewStats(
  reads: ReadPool,
  reader: ReviewReader,
  projectId: string | undefined,
): Promise<ReviewStats> {
  const row = await reads.maybeOne<ReviewStats>(
    [reader.workspaceId],
    sql`
      WITH seen AS MATERIALIZED (
        SELECT ${statusNow} AS status, i.kind, i.created_at, a.decided_at FROM ${source}
        WHERE ${matching(reader, { projectId })})
      SELECT
        jsonb_build_object('pending', count(*) FILTER (WHERE status = 'pending'),
          'quarantined', count(*) FILTER (WHERE status = 'quarantined'),
          'approved', count(*) FILTER (WHERE status = 'approved'),
          'rejected', count(*) FILTER (WHERE status = 'rejected'),
          'cancelled', count(*) FILTER (WHERE status = 'cancelled')) AS by_status,
        (SELECT coalesce(jsonb_object_agg(k.kind, k.items), '{}') FROM (
          SELECT kind, count(*) AS items FROM seen GROUP BY kind ORDER BY 2 DESC, 1 ${sql.limit(MAX_KINDS)}) k
        ) AS by_kind,
        floor(extract(epoch FROM now() - min(created_at) FILTER (WHERE status = 'pending')))::bigint
          AS oldest_pending_s,
        percentile_cont(0.5) WITHIN GROUP (ORDER BY extract(epoch FROM decided_at - created_at))
          FILTER (WHERE status IN ('approved', 'rejected')) AS median_decision_s
      FROM seen`,
  );
  return row!;
}

/** What commands on an item need to know of it. */
export interface ReviewRow {
  readonly id: string;
  readonly workspace_id: string;
  readonly approval_id: string;
  readonly subject_type: string | null;
  readonly subject_id: string | null;
  readonly project_id: string | null;
  readonly chat_id: string | null;
  readonly chat_seq: number | null;
  readonly submitted_by: string;
  readonly assignee_id: string | null;
  readonly status: ReviewItemStatus;
}

const rowColumns = sql.fragment`
  i.id, i.workspace_id, i.approval_id, i.subject_type, i.subject_id, i.project_id, i.chat_id, i.chat_seq,
  i.submitted_by, i.assignee_id, ${statusNow} AS status`;

/** An item as it is. Throws `not_found`, also for one that who asks does not see. */
export async function getReviewRowIn(tx: Tx, reader: ReviewReader, id: string): Promise<ReviewRow> {
  const row = await tx.maybeOne<ReviewRow>(sql`
    SELECT ${rowColumns} FROM ${source} WHERE i.id = ${id} AND ${seesReview(reader)}`);
  if (row === null) throw notFound('review item');
  return row;
}

/** The same for a record that is read: whose session it is of, and up to where. */
export async function getReviewRow(reads: ReadPool, reader: ReviewReader, id: string): Promise<ReviewRow> {
  const row = await reads.maybeOne<ReviewRow>(
    [reader.workspaceId],
    sql`SELECT ${rowColumns} FROM ${source} WHERE i.id = ${id} AND ${seesReview(reader)}`,
  );
  if (row === null) throw notFound('review item');
  return row;
}

/** Nobody else decides this item, nor puts it into quarantine, before the commit. */
export async function lockReview(tx: Tx, id: string): Promise<void> {
  await tx.execute(sql`SELECT id FROM review_items WHERE id = ${id} FOR UPDATE`);
}

/** Whether a decision about this subject is open already; of two that submit it one is told so. */
export async function hasOpenReview(
  tx: Tx,
  workspaceId: string,
  subject: { readonly type: string; readonly id: string },
): Promise<string | null> {
  const name = `review:${workspaceId}:${subject.type}:${subject.id}`;
  await tx.execute(sql`SELECT pg_advisory_xact_lock(hashtextextended(${name}, 0))`);
  const open = await tx.maybeOne<{ id: string }>(sql`
    SELECT i.id FROM ${source} WHERE i.workspace_id = ${workspaceId} AND i.subject_type = ${subject.type}
      AND i.subject_id = ${subject.id} AND a.status = 'pending' LIMIT 1`);
  return open?.id ?? null;
}

/** A file of an item, and where its content is. */
export interface AttachedFile {
  readonly name: string;
  readonly mime: string;
  readonly size_bytes: number;
  readonly blob_id: string;
  readonly is_stored: boolean;
}

/** Throws `not_found`, also for an item that its reader does not see. */
export async function getAttachedFile(
  reads: ReadPool,
  reader: ReviewReader,
  { itemId, index }: { readonly itemId: string; readonly index: number },
): Promise<AttachedFile> {
  const row = await reads.maybeOne<{ file: AttachedFile | null }>(
    [reader.workspaceId],
    sql`
      SELECT (SELECT jsonb_build_object('name', f.name, 'mime', f.mime, 'size_bytes', f.size_bytes,
          'blob_id', f.blob_id, 'is_stored', b.state = 'stored')
        FROM review_attachments f JOIN blobs b ON b.workspace_id = f.workspace_id AND b.id = f.blob_id
        WHERE f.item_id = i.id AND f.position = ${index}) AS file
      FROM review_items i WHERE i.id = ${itemId} AND ${seesReview(reader)}`,
  );
  if (row === null) throw notFound('review item');
  if (row.file === null) throw notFound('attachment');
  return row.file;
}
