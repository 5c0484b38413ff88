import { ROLES, type Role } from '../../../domain/kernel/access/authority.ts';
import { notFound } from '../../../domain/kernel/errors/crewship-error.ts';
import type { JsonObject } from '../../../domain/kernel/json/json-value.ts';
import {
  INBOX_TYPES,
  type InboxFilter,
  type InboxItem,
  type InboxKind,
  type InboxType,
  type ResolvedAction,
  typesOf,
} from '../../../domain/people/inbox/inbox.ts';
import { NOTIFICATION_DOCUMENT } from '../../../domain/people/inbox/notification-preferences.ts';
import { newId } from '../../../platform/ids/ids.ts';
import type { ReadPool } from '../../kernel/read-pool.ts';
import { newestFirst, type Page, type PageRequest, readPage, slice } from '../../kernel/page.ts';
import { type Fragment, sql } from '../../kernel/sql.ts';
import type { Tx } from '../../kernel/transaction.ts';
import { planDeliveries } from './plan-deliveries.ts';

const ORDER = newestFirst('i');

/** Whom an item is for: a role and those above it, or one person. */
export type InboxAudience = { readonly audience_role: Role } | { readonly audience_user_id: string };

export type NewInboxItem = InboxAudience & {
  readonly workspaceId: string;
  readonly type: InboxType;
  readonly subject_type: string;
  readonly subject_id: string;
  readonly crew_id: string | null;
  readonly blocking: boolean;
  readonly agentId?: string | null;
  /** Ids, enums and numbers. */
  readonly payload?: JsonObject;
};

/** Asks people to see to something. */
export async function addInboxItem(tx: Tx, item: NewInboxItem): Promise<void> {
  const { title, priority } = INBOX_TYPES[item.type];
  const role = 'audience_role' in item ? item.audience_role : null;
  const userId = 'audience_user_id' in item ? item.audience_user_id : null;
  const id = newId();
  await tx.execute(sql`
    INSERT INTO inbox_items (id, workspace_id, type, subject_type, subject_id, crew_id, audience_role,
      audience_user_id, blocking, title, priority, payload, sender_type, sender_id)
    VALUES (${id}, ${item.workspaceId}, ${item.type}, ${item.subject_type}, ${item.subject_id}, ${item.crew_id},
      ${role}, ${userId}, ${item.blocking}, ${title}, ${priority}, ${sql.jsonb(item.payload ?? {})},
      ${item.agentId == null ? 'system' : 'agent'}, ${item.agentId ?? null})`);
  const { workspaceId, type, blocking } = item;
  await planDeliveries(tx, { id, workspaceId, type, role, userId, blocking, priority });
}

/** How what items asked for was settled. */
export interface InboxResolution {
  readonly action?: ResolvedAction | null;
  readonly userId?: string | null;
}

/** What the items about these subjects asked for is settled. */
export async function resolveInboxItems(
  tx: Tx,
  subjectType: string,
  subjectIds: readonly string[],
  { action = null, userId = null }: InboxResolution = {},
): Promise<void> {
  if (subjectIds.length === 0) return;
  await tx.execute(sql`
    UPDATE inbox_items SET resolved_at = now(), resolved_action = ${action}, resolved_by_user_id = ${userId},
      updated_at = now()
    WHERE subject_type = ${subjectType} AND subject_id = ANY (${sql.array([...subjectIds], 'text')})
      AND resolved_at IS NULL`);
}

/** Who looks. */
export interface InboxReader {
  readonly workspaceId: string;
  readonly userId: string;
  readonly role: Role;
}

/** The one rule of who sees an item `i`: everybody of its role and above, or the person that it is for. */
export function seenBy({ workspaceId, userId, role }: InboxReader): Fragment {
  const audiences = ROLES.slice(ROLES.indexOf(role));
  return sql.fragment`i.workspace_id = ${workspaceId}
    AND (i.audience_user_id = ${userId} OR i.audience_role = ANY (${sql.array([...audiences], 'text')}))`;
}

/** Items with the receipt `r` of who looks. */
export function withReceipts({ userId }: InboxReader): Fragment {
  return sql.fragment`inbox_items i LEFT JOIN inbox_receipts r ON r.item_id = i.id AND r.user_id = ${userId}`;
}

/** Without the types that who looks does not want to be shown; what holds something up is shown all the same. */
function shownTo({ workspaceId, userId }: InboxReader): Fragment {
  return sql.fragment`AND (i.blocking OR i.type <> ALL (coalesce((
    SELECT array(SELECT t.key FROM jsonb_each(d.body->'types') t WHERE NOT t.value @> '["in_app"]')
    FROM config_documents d
    WHERE d.workspace_id = ${workspaceId} AND d.kind = ${NOTIFICATION_DOCUMENT} AND d.key = ${userId}), '{}')))`;
}

const IN_STATE: Readonly<Record<InboxFilter, Fragment>> = {
  unread: sql.fragment`AND i.resolved_at IS NULL AND r.dismissed_at IS NULL AND r.read_at IS NULL`,
  read: sql.fragment`AND i.resolved_at IS NULL AND r.dismissed_at IS NULL AND r.read_at IS NOT NULL`,
  resolved: sql.fragment`AND (i.resolved_at IS NOT NULL OR r.dismissed_at IS NOT NULL)`,
  active: sql.fragment`AND i.resolved_at IS NULL AND r.dismissed_at IS NULL`,
  all: sql.fragment``,
};

/** Which items; absent members do not narrow. */
export interface InboxQuery {
  readonly state: InboxFilter;
  readonly kind?: InboxKind | undefined;
  readonly type?: InboxType | undefined;
  readonly since?: string | undefined;
  readonly before?: string | undefined;
  /** Without what its reader has put away. */
  readonly undismissed?: boolean;
}

/** The rest of a condition on `i` and `r`. */
export function matching(query: InboxQuery): Fragment {
  const types = query.type === undefined ? (query.kind === undefined ? null : typesOf(query.kind)) : [query.type];
  return sql.fragment`${IN_STATE[query.state]}
    ${types === null ? sql.fragment`` : sql.fragment`AND i.type = ANY (${sql.array(types, 'text')})`}
    ${query.since === undefined ? sql.fragment`` : sql.fragment`AND i.created_at >= ${query.since}::timestamptz`}
    ${query.before === undefined ? sql.fragment`` : sql.fragment`AND i.created_at < ${query.before}::timestamptz`}
    ${query.undismissed === true ? sql.fragment`AND r.dismissed_at IS NULL` : sql.fragment``}`;
}

const columns = sql.fragment`
  i.id, i.workspace_id, i.type, i.subject_type, i.subject_id, i.crew_id, i.audience_role, i.audience_user_id, i.title,
  i.body, i.priority, i.blocking, i.payload, i.sender_type, i.sender_id,
  CASE WHEN i.sender_type = 'agent' THEN (SELECT a.name FROM agents a WHERE a.id = i.sender_id) END AS sender_name,
  CASE WHEN i.resolved_at IS NOT NULL OR r.dismissed_at IS NOT NULL THEN 'resolved'
    WHEN r.read_at IS NOT NULL THEN 'read' ELSE 'unread' END AS state,
  r.read_at, r.dismissed_at, i.resolved_at, i.resolved_by_user_id, i.resolved_action, i.created_at,
  greatest(i.updated_at, r.read_at, r.dismissed_at) AS updated_at`;

/** Items that somebody sees, newest first. */
export function listInbox(
  reads: ReadPool,
  reader: InboxReader,
  query: InboxQuery,
  page: PageRequest,
): Promise<Page<InboxItem>> {
  const from = sql.fragment`FROM ${withReceipts(reader)} WHERE ${seenBy(reader)} ${shownTo(reader)} ${matching(query)}`;
  return readPage<InboxItem>(
    reads,
    [reader.workspaceId],
    sql`
      SELECT ${columns}, ${ORDER.key}, count(*) OVER () AS total ${from} ${ORDER.after(page)}
      ORDER BY ${ORDER.by} ${slice(page)}`,
    page,
    () => sql`SELECT count(*) AS total ${from}`,
  );
}

/** How many items somebody has not read, and how many of what is open holds something up. */
export async function countInbox(
  reads: ReadPool,
  reader: InboxReader,
): Promise<{ readonly unread: number; readonly blocking: number }> {
  const row = await reads.maybeOne<{ unread: number; blocking: number }>(
    [reader.workspaceId],
    sql`
      SELECT count(*) FILTER (WHERE r.read_at IS NULL) AS unread, count(*) FILTER (WHERE i.blocking) AS blocking
      FROM ${withReceipts(reader)} WHERE ${seenBy(reader)} ${shownTo(reader)} ${IN_STATE.active}`,
  );
  return row ?? { unread: 0, blocking: 0 };
}

/** Throws `not_found`, also for an item that is not for who looks. */
export async function getInboxItem(
  reads: { maybeOne<Row>(query: ReturnType<typeof itemQuery>): Promise<Row | null> },
  reader: InboxReader,
  id: string,
): Promise<InboxItem> {
  const row = await reads.maybeOne<InboxItem>(itemQuery(reader, id));
  if (row === null) throw notFound('inbox item');
  return row;
}

function itemQuery(reader: InboxReader, id: string) {
  return sql`SELECT ${columns} FROM ${withReceipts(reader)} WHERE i.id = ${id} AND ${seenBy(reader)}`;
}

/** What a delivery tells somebody: items that they see and have neither read nor put away, and that are not settled. */
export function unseenItems(
  tx: Tx,
  reader: InboxReader,
  which: { readonly itemId: string } | { readonly digestId: string },
  limit: number,
): Promise<readonly (InboxItem & { readonly total: number })[]> {
  const chosen =
    'itemId' in which
      ? sql.fragment`i.id = ${which.itemId}`
      : sql.fragment`i.id IN (SELECT d.item_id FROM deliveries d WHERE d.digest_id = ${which.digestId})`;
  return tx.any(sql`
    SELECT ${columns}, count(*) OVER () AS total FROM ${withReceipts(reader)}
    WHERE ${chosen} AND ${tellable(reader)} ${IN_STATE.unread}
    ORDER BY i.created_at DESC, i.id DESC ${sql.limit(limit)}`);
}

/** Whether somebody may still be told of an item, seen or not. */
export async function mayBeTold(tx: Tx, reader: InboxReader, itemId: string): Promise<boolean> {
  const found = await tx.maybeOne(sql`SELECT i.id FROM inbox_items i WHERE i.id = ${itemId} AND ${tellable(reader)}`);
  return found !== null;
}

/** What is about a project leaves the instance only for those who are in it now. */
function tellable(reader: InboxReader): Fragment {
  return sql.fragment`${seenBy(reader)} AND NOT (i.subject_type = 'approval' AND EXISTS (
    SELECT FROM approvals a WHERE a.id = i.subject_id AND a.project_id IS NOT NULL
      AND crewship_project_role(a.project_id, ${reader.userId}) IS NULL))`;
}
