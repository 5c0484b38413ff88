import type { Share, ShareStatus } from '../../../domain/conversations/chats/share.ts';
import { newestFirst, type Page, type PageRequest, readPage, slice } from '../../kernel/page.ts';
import type { ReadPool } from '../../kernel/read-pool.ts';
import { sql } from '../../kernel/sql.ts';
import type { Tx } from '../../kernel/transaction.ts';

const ORDER = newestFirst('s');

/** Nobody has to write it down: a share is over when its time is. */
const status = sql.fragment`
  CASE WHEN s.status <> 'revoked' AND s.expires_at <= clock_timestamp() THEN 'expired' ELSE s.status END`;

const columns = sql.fragment`
  s.id, s.role, CASE WHEN s.kind <> 'link' THEN jsonb_build_object('user_id', s.user_id, 'email', s.email) END
    AS invitee,
  ${status} AS status, s.accepted_by, s.expires_at, s.created_by, s.created_at`;

/** Shares of a session, newest first. */
export function listShares(
  reads: ReadPool,
  chat: { readonly workspaceId: string; readonly id: string },
  wanted: ShareStatus | undefined,
  page: PageRequest,
): Promise<Page<Share>> {
  const where = sql.fragment`s.chat_id = ${chat.id} AND s.workspace_id = ${chat.workspaceId}
    AND ${status} = coalesce(${wanted ?? null}, ${status})`;
  return readPage<Share>(
    reads,
    [chat.workspaceId],
    sql`
      SELECT ${columns}, ${ORDER.key}, count(*) OVER () AS total FROM chat_shares s WHERE ${where} ${ORDER.after(page)}
      ORDER BY ${ORDER.by} ${slice(page)}`,
    page,
    () => sql`SELECT count(*) AS total FROM chat_shares s WHERE ${where}`,
  );
}

export interface ShareRow extends Share {
  readonly chat_id: string;
  readonly kind: 'user' | 'email' | 'link';
  readonly user_id: string | null;
  readonly email: string | null;
  readonly token_hash: Buffer | null;
}

/** A share of a session, locked; null where there is none. */
export function lockShare(tx: Tx, chatId: string, id: string): Promise<ShareRow | null> {
  return tx.maybeOne<ShareRow>(sql`
    SELECT ${columns}, s.chat_id, s.kind, s.user_id, s.email, s.token_hash FROM chat_shares s
    WHERE s.id = ${id} AND s.chat_id = ${chatId} FOR UPDATE`);
}

export function getShareIn(tx: Tx, id: string): Promise<Share> {
  return tx.one<Share>(sql`SELECT ${columns} FROM chat_shares s WHERE s.id = ${id}`);
}
