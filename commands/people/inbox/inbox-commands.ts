import type { Actor } from '../../../domain/kernel/access/authority.ts';
import { CrewshipError } from '../../../domain/kernel/errors/crewship-error.ts';
import type { InboxItem, InboxState } from '../../../domain/people/inbox/inbox.ts';
import { sql } from '../../../db/kernel/sql.ts';
import type { Tx } from '../../../db/kernel/transaction.ts';
import {
  getInboxItem,
  type InboxQuery,
  type InboxReader,
  matching,
  seenBy,
  withReceipts,
} from '../../../db/people/inbox/inbox-store.ts';

/** Most that one request moves or deletes. */
const BULK_ITEMS = 100;
const PURGED_AT_ONCE = 10_000;

/**
 * Makes an item read, unread or put away for one person, and for nobody else. Throws `not_found`, and `conflict` for a
 * blocking item that is open: that leaves by what it is about.
 */
export async function setInboxState(tx: Tx, reader: InboxReader, id: string, state: InboxState): Promise<InboxItem> {
  const item = await getInboxItem(tx, reader, id);
  if (state === 'resolved' && item.blocking && item.resolved_at === null) {
    throw new CrewshipError('conflict', 'this leaves the inbox when what it is about is settled', {
      extensions: { reason: 'blocking', subject_type: item.subject_type, subject_id: item.subject_id },
    });
  }
  await keepReceipts(tx, reader, [id], state);
  return getInboxItem(tx, reader, id);
}

async function keepReceipts(tx: Tx, reader: InboxReader, ids: readonly string[], state: InboxState): Promise<number> {
  const isRead = state !== 'unread';
  const isAway = state === 'resolved';
  return tx.execute(sql`
    INSERT INTO inbox_receipts AS kept (workspace_id, item_id, user_id, read_at, dismissed_at)
    SELECT i.workspace_id, i.id, ${reader.userId}, CASE WHEN ${isRead} THEN now() END,
      CASE WHEN ${isAway} THEN now() END
    FROM inbox_items i WHERE i.id = ANY (${sql.array([...ids], 'text')}) AND ${seenBy(reader)} ORDER BY i.id
    ON CONFLICT (item_id, user_id) DO UPDATE SET
      read_at = CASE WHEN ${isRead} THEN coalesce(kept.read_at, now()) END,
      dismissed_at = CASE WHEN ${isAway} THEN coalesce(kept.dismissed_at, now()) END`);
}

/** What became of one of several. */
export interface BulkResult {
  readonly id: string;
  readonly ok: boolean;
  readonly code: 'not_found' | 'conflict' | null;
}

/** The same for several, each by itself: those that are named, or the newest hundred that match. */
export async function setInboxStates(
  tx: Tx,
  reader: InboxReader,
  which: { readonly ids: readonly string[] } | { readonly query: InboxQuery },
  state: InboxState,
): Promise<readonly BulkResult[]> {
  const chosen =
    'ids' in which ? sql.fragment`AND i.id = ANY (${sql.array([...which.ids], 'text')})` : matching(which.query);
  const found = await tx.any<{ id: string; held: boolean }>(sql`
    SELECT i.id, i.blocking AND i.resolved_at IS NULL AS held FROM ${withReceipts(reader)}
    WHERE ${seenBy(reader)} ${chosen} ORDER BY i.created_at DESC, i.id DESC ${sql.limit(BULK_ITEMS)}`);
  const held = new Map(found.map((item) => [item.id, item.held && state === 'resolved']));
  const ids = 'ids' in which ? [...new Set(which.ids)] : found.map(({ id }) => id);
  await keepReceipts(
    tx,
    reader,
    ids.filter((id) => held.get(id) === false),
    state,
  );
  return ids.map((id) => {
    const code = held.has(id) ? (held.get(id) === true ? ('conflict' as const) : null) : ('not_found' as const);
    return { id, ok: code === null, code };
  });
}

/** Makes all unread items that match read, for one person; says how many. */
export async function readAllInbox(tx: Tx, reader: InboxReader, query: Omit<InboxQuery, 'state'>): Promise<number> {
  return tx.execute(sql`
    INSERT INTO inbox_receipts AS kept (workspace_id, item_id, user_id, read_at)
    SELECT i.workspace_id, i.id, ${reader.userId}, now() FROM ${withReceipts(reader)}
    WHERE ${seenBy(reader)} ${matching({ ...query, state: 'unread' })} ORDER BY i.id
    ON CONFLICT (item_id, user_id) DO UPDATE SET read_at = coalesce(kept.read_at, now())`);
}

/**
 * Deletes items for everybody, of those that who asks sees: never one that still holds something up. At most 10,000 at
 * a time, oldest first; says how many.
 */
export async function purgeInbox(tx: Tx, reader: InboxReader, query: InboxQuery, actor: Actor): Promise<number> {
  const deleted = await tx.execute(sql`
    DELETE FROM inbox_items WHERE id IN (
      SELECT i.id FROM ${withReceipts(reader)}
      WHERE ${seenBy(reader)} ${matching(query)} AND NOT (i.blocking AND i.resolved_at IS NULL)
      ORDER BY i.created_at ${sql.limit(PURGED_AT_ONCE)})`);
  if (deleted === 0) return 0;
  const { state, kind = null, before = null } = query;
  tx.journal({
    type: 'inbox.purged',
    actor,
    workspaceId: reader.workspaceId,
    targetType: 'workspace',
    targetId: reader.workspaceId,
    summary: `${deleted} items of the inbox deleted`,
    payload: { deleted, state, kind, before },
  });
  return deleted;
}
