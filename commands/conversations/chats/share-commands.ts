import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import type { Actor } from '../../../domain/kernel/access/authority.ts';
import { CrewshipError, invalidField, notFound, wrongState } from '../../../domain/kernel/errors/crewship-error.ts';
import type { Share, ShareRole } from '../../../domain/conversations/chats/share.ts';
import { getShareIn, lockShare, type ShareRow } from '../../../db/conversations/chats/shares-store.ts';
import { sql } from '../../../db/kernel/sql.ts';
import type { Tx } from '../../../db/kernel/transaction.ts';
import { newId } from '../../../platform/ids/ids.ts';
import { holdSession, type SessionCall, sessionFrame, wakeReaders } from './session-commands.ts';

/** Shares of a session that are not revoked or over. */
const MAX_SHARES = 100;
const TOKEN_BYTES = 32;

export interface NewShare extends SessionCall {
  readonly to: { readonly userId: string } | { readonly email: string } | { readonly link: true };
  readonly role: ShareRole;
  /** RFC 3339. */
  readonly expiresAt: string;
}

const hashOf = (token: string): Buffer => createHash('sha256').update(token).digest();

/**
 * Lets somebody of the workspace into a session, once they accept. The token of a link, and of what is meant for an
 * address, is shown here and never again. Throws `not_found`, `forbidden` for all but the owner, `conflict` for who has
 * a share or owns the session, `limit_reached`.
 */
export async function createShare(
  tx: Tx,
  share: NewShare,
  actor: Actor,
): Promise<{ readonly share: Share; readonly token: string | null }> {
  const session = await holdSession(tx, share, 'owner');
  const { workspaceId } = share;
  const userId = 'userId' in share.to ? share.to.userId : null;
  const email = 'email' in share.to ? share.to.email.toLowerCase() : null;
  if (userId !== null) {
    const member = await tx.maybeOne(sql`
      SELECT 1 FROM memberships
      WHERE user_id = ${userId} AND workspace_id = ${workspaceId} AND disabled_at IS NULL`);
    if (member === null) throw invalidField('user_id', 'names nobody of this workspace');
    if (userId === session.owner_id) throw new CrewshipError('conflict', 'the session is theirs');
  }
  const live = await tx.any<{ user_id: string | null; email: string | null }>(sql`
    SELECT user_id, email FROM chat_shares
    WHERE chat_id = ${session.id} AND status <> 'revoked' AND expires_at > clock_timestamp() LIMIT ${MAX_SHARES}`);
  if (live.some((one) => (userId !== null && one.user_id === userId) || (email !== null && one.email === email))) {
    throw new CrewshipError('conflict', 'the session is shared with them already');
  }
  if (live.length >= MAX_SHARES) {
    throw new CrewshipError('limit_reached', `a session has at most ${MAX_SHARES} shares`, {
      extensions: { limit: MAX_SHARES },
    });
  }
  const token = userId === null ? randomBytes(TOKEN_BYTES).toString('base64url') : null;
  const kind = userId !== null ? 'user' : email !== null ? 'email' : 'link';
  const id = newId();
  await tx.execute(sql`
    INSERT INTO chat_shares (id, workspace_id, chat_id, role, kind, user_id, email, token_hash, expires_at, created_by)
    VALUES (${id}, ${workspaceId}, ${session.id}, ${share.role}, ${kind}, ${userId}, ${email},
      ${token === null ? null : sql.binary(hashOf(token))}, ${share.expiresAt}::timestamptz, ${share.userId})`);
  tx.journal({
    ...sessionFrame(share, actor),
    type: 'session.share_created',
    summary: 'session shared',
    payload: { share_id: id, role: share.role, kind },
  });
  return { share: await getShareIn(tx, id), token };
}

export interface ShareCall extends SessionCall {
  readonly shareId: string;
}

/**
 * Takes a share: from then on its person sees the session. Of those who take a link at once one does. Everything that
 * does not fit is a 404, as the session is to who has no part in it; `gone` for one whose time is up, `wrong_state`
 * for one that is not open any more.
 */
export async function acceptShare(
  tx: Tx,
  call: ShareCall & { readonly token: string | null },
  actor: Actor,
): Promise<Share> {
  await lockChat(tx, call);
  const share = await lockShare(tx, call.id, call.shareId);
  if (share === null || !isMeantFor(share, call, await addressOf(tx, call.userId))) throw notFound('share');
  if (share.status === 'expired') throw new CrewshipError('gone', 'the share has expired');
  if (share.status === 'accepted' && share.accepted_by === call.userId) return getShareIn(tx, share.id);
  if (share.status !== 'pending') throw wrongState('share', share.status);
  const owner = await tx.maybeOne(sql`
    SELECT 1 FROM chats WHERE id = ${call.id} AND owner_user_id = ${call.userId}`);
  if (owner !== null) throw new CrewshipError('conflict', 'the session is the caller’s own');
  await tx.execute(sql`
    UPDATE chat_shares SET status = 'accepted', accepted_by = ${call.userId}, accepted_at = now()
    WHERE id = ${share.id}`);
  await tx.execute(sql`
    INSERT INTO chat_participants (workspace_id, chat_id, user_id, role, share_id, expires_at, added_by)
    VALUES (${call.workspaceId}, ${call.id}, ${call.userId}, ${share.role}, ${share.id},
      ${share.expires_at}::timestamptz, ${share.created_by})
    ON CONFLICT (chat_id, user_id) DO UPDATE SET role = excluded.role, share_id = excluded.share_id,
      expires_at = excluded.expires_at, added_by = excluded.added_by
      WHERE chat_participants.expires_at <= clock_timestamp() OR chat_participants.role = 'viewer'`);
  tx.journal({
    ...sessionFrame(call, actor),
    type: 'session.share_accepted',
    summary: 'share of a session accepted',
    payload: { share_id: share.id, role: share.role },
  });
  return getShareIn(tx, share.id);
}

/** The address that somebody has shown to be theirs; null: none. */
async function addressOf(tx: Tx, userId: string): Promise<string | null> {
  const user = await tx.maybeOne<{ email: string | null }>(sql`
    SELECT email FROM users WHERE id = ${userId} AND email_verified_at IS NOT NULL`);
  return user?.email?.toLowerCase() ?? null;
}

function isMeantFor(
  share: ShareRow,
  { userId, token }: { readonly userId: string; readonly token: string | null },
  address: string | null,
): boolean {
  if (share.kind === 'user') return share.user_id === userId;
  if (token === null || share.token_hash === null) return false;
  if (!timingSafeEqual(hashOf(token), share.token_hash)) return false;
  return share.kind === 'link' || share.email === address;
}

/**
 * Ends a share, by the session's owner or who it is for: who came in by it is out, and what they follow ends. Repeating
 * it changes nothing.
 */
export async function revokeShare(tx: Tx, call: ShareCall, actor: Actor): Promise<void> {
  await lockChat(tx, call);
  const share = await lockShare(tx, call.id, call.shareId);
  const owner = await tx.maybeOne(sql`
    SELECT 1 FROM chats WHERE id = ${call.id} AND owner_user_id = ${call.userId}`);
  const isInvitee = share !== null && (share.user_id === call.userId || share.accepted_by === call.userId);
  if (share === null || (owner === null && !isInvitee)) throw notFound('share');
  if (share.status === 'revoked') return;
  await tx.execute(sql`UPDATE chat_shares SET status = 'revoked' WHERE id = ${share.id}`);
  await tx.execute(sql`DELETE FROM chat_participants WHERE share_id = ${share.id}`);
  await tx.execute(sql`UPDATE chats SET access_seq = access_seq + 1 WHERE id = ${call.id}`);
  wakeReaders(tx, call);
  tx.journal({
    ...sessionFrame(call, actor),
    type: 'session.share_revoked',
    summary: 'share of a session revoked',
    payload: { share_id: share.id, role: share.role },
  });
}

async function lockChat(tx: Tx, call: SessionCall): Promise<void> {
  const chat = await tx.maybeOne(sql`
    SELECT 1 FROM chats WHERE id = ${call.id} AND workspace_id = ${call.workspaceId} AND mode <> 'MISSION'
      AND deleted_at IS NULL FOR NO KEY UPDATE`);
  if (chat === null) throw notFound('share');
}
