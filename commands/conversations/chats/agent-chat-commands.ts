import type { Actor } from '../../../domain/kernel/access/authority.ts';
import {
  MAX_PARTICIPANTS,
  type Participant,
  type ParticipantRole,
} from '../../../domain/conversations/chats/agent-chat.ts';
import { type ChatOrigin, hasChatRole, turnInProgress } from '../../../domain/conversations/chats/chat.ts';
import { CrewshipError, notFound } from '../../../domain/kernel/errors/crewship-error.ts';
import { getParticipantIn } from '../../../db/conversations/chats/agent-chats-store.ts';
import { type ChatViewer, findExternalIn, getSessionIn } from '../../../db/conversations/chats/sessions-store.ts';
import { sql } from '../../../db/kernel/sql.ts';
import type { Tx } from '../../../db/kernel/transaction.ts';
import { releaseBlobs } from '../../kernel/blobs/keep-blob.ts';
import { createSession, holdSession, type SessionCall, sessionFrame, wakeReaders } from './session-commands.ts';

export interface NewAgentChat extends ChatViewer {
  readonly agentId: string;
  /** The caller's own name of it; the same name is the same chat. */
  readonly externalId: string | null;
  readonly title: string | null;
  readonly origin: ChatOrigin;
}

/**
 * A chat of the caller's with an agent. Repeating it under its name changes nothing. Throws `not_found`, and `conflict`
 * for a name that is a chat's with another agent.
 */
export async function openAgentChat(
  tx: Tx,
  chat: NewAgentChat,
  actor: Actor,
): Promise<{ readonly id: string; readonly isNew: boolean }> {
  const { externalId, agentId, ...rest } = chat;
  const known = externalId === null ? null : await findExternalIn(tx, chat, externalId);
  if (known !== null) {
    const session = await getSessionIn(tx, chat, known);
    if (session.agent?.id !== agentId) throw new CrewshipError('conflict', 'this name is a chat’s with another agent');
    return { id: known, isNew: false };
  }
  const session = {
    ...rest,
    externalId,
    agent: agentId,
    projectId: null,
    visibility: 'private' as const,
    metadata: {},
  };
  return { id: (await createSession(tx, session, actor)).id, isNew: true };
}

/** The caller has seen all that is there now. Throws `not_found`. */
export async function markRead(tx: Tx, call: SessionCall): Promise<{ readonly last_read_at: string }> {
  await getSessionIn(tx, call, call.id);
  return tx.one<{ last_read_at: string }>(sql`
    INSERT INTO chat_reads (workspace_id, chat_id, user_id, last_read_at, last_read_seq)
    SELECT ${call.workspaceId}, id, ${call.userId}, clock_timestamp(), message_seq FROM chats WHERE id = ${call.id}
    ON CONFLICT (chat_id, user_id) DO UPDATE SET last_read_at = excluded.last_read_at,
      last_read_seq = greatest(chat_reads.last_read_seq, excluded.last_read_seq)
    RETURNING last_read_at`);
}

/**
 * Deletes a chat with an agent: it is there for nobody any more, and its files go. By its owner, who manages it, and
 * `asManager` by who manages the workspace, who need not see it. Throws `not_found`, `forbidden`, `turn_in_progress`,
 * and `conflict` while assignments or queries of its agent are open.
 */
export async function deleteChat(
  tx: Tx,
  call: SessionCall & { readonly agentId: string; readonly asManager: boolean },
  actor: Actor,
): Promise<void> {
  const chat = await tx.maybeOne<{ turn_job_id: string | null; role: string | null }>(sql`
    SELECT turn_job_id, crewship_chat_role(id, ${call.userId}) AS role FROM chats
    WHERE id = ${call.id} AND workspace_id = ${call.workspaceId} AND agent_id = ${call.agentId}
      AND mode <> 'MISSION' AND deleted_at IS NULL FOR NO KEY UPDATE`);
  if (chat === null || (chat.role === null && !call.asManager)) throw notFound('session');
  if (!call.asManager) await holdSession(tx, call, 'manager');
  if (chat.turn_job_id !== null) throw turnInProgress(chat.turn_job_id);
  const open = await tx.maybeOne(sql`
    SELECT 1 FROM peer_requests q JOIN runs r ON r.id = q.run_id
    WHERE q.chat_id = ${call.id} AND r.status IN ('QUEUED', 'ADMITTED', 'RUNNING') LIMIT 1`);
  if (open !== null) {
    throw new CrewshipError('conflict', 'assignments of this chat are open', { extensions: { reason: 'assignments' } });
  }
  await tx.execute(sql`
    UPDATE chats SET deleted_at = now(), updated_at = now(), access_seq = access_seq + 1 WHERE id = ${call.id}`);
  const files = await tx.any<{ id: string }>(sql`
    DELETE FROM chat_attachments WHERE chat_id = ${call.id} RETURNING id`);
  for (const { id } of files) await releaseBlobs(tx, call.workspaceId, { kind: 'chat_attachment', id });
  wakeReaders(tx, call);
  tx.journal({ ...sessionFrame(call, actor), type: 'session.deleted', summary: 'chat deleted' });
}

export interface ParticipantCall extends SessionCall {
  readonly participantId: string;
}

/**
 * Lets a member of the workspace into a chat, which is a group's from the first one on; who is in it gets the role. For
 * its owner alone. Throws `not_found`, `forbidden`, `conflict` for the owner, `limit_reached`.
 */
export async function addParticipant(
  tx: Tx,
  call: ParticipantCall & { readonly role: ParticipantRole },
  actor: Actor,
): Promise<{ readonly participant: Participant; readonly isNew: boolean }> {
  const session = await holdSession(tx, call, 'owner');
  const { participantId: userId, workspaceId, id: chatId } = call;
  const member = await tx.maybeOne(sql`
    SELECT 1 FROM memberships WHERE workspace_id = ${workspaceId} AND user_id = ${userId} AND disabled_at IS NULL`);
  if (member === null) throw notFound('user');
  if (userId === session.owner_id) throw new CrewshipError('conflict', 'the chat is theirs');
  const role = call.role === 'member' ? 'editor' : 'viewer';
  const { others } = await tx.one<{ others: number }>(sql`
    SELECT count(*)::integer AS others FROM chat_participants WHERE chat_id = ${chatId} AND user_id <> ${userId}`);
  if (others >= MAX_PARTICIPANTS) {
    throw new CrewshipError('limit_reached', `a chat has at most ${MAX_PARTICIPANTS} participants`, {
      extensions: { limit: MAX_PARTICIPANTS },
    });
  }
  const { is_new: isNew } = await tx.one<{ is_new: boolean }>(sql`
    INSERT INTO chat_participants (workspace_id, chat_id, user_id, role, added_by)
    VALUES (${workspaceId}, ${chatId}, ${userId}, ${role}, ${call.userId})
    ON CONFLICT (chat_id, user_id) DO UPDATE SET role = excluded.role, share_id = NULL, expires_at = NULL,
      added_by = excluded.added_by
    RETURNING xmax = 0 AS is_new`);
  await tx.execute(sql`
    UPDATE chats SET mode = 'GROUP', access_seq = access_seq + 1, updated_at = now() WHERE id = ${chatId}`);
  wakeReaders(tx, call);
  tx.journal({
    ...sessionFrame(call, actor),
    type: 'session.participant_added',
    summary: 'participant of a chat added',
    payload: { user_id: userId, role },
  });
  return { participant: await getParticipantIn(tx, chatId, userId), isNew };
}

/**
 * Lets somebody out of a chat, by its owner or themselves; what they follow of it ends. Throws `not_found`,
 * `forbidden`.
 */
export async function removeParticipant(tx: Tx, call: ParticipantCall, actor: Actor): Promise<void> {
  const { participantId: userId, id: chatId } = call;
  const session = await holdSession(tx, call, 'viewer');
  if (userId !== call.userId && !hasChatRole(session.my_role, 'owner')) {
    throw new CrewshipError('forbidden', 'the owner of a chat lets others out of it');
  }
  const gone = await tx.maybeOne<{ role: 'viewer' | 'editor' }>(sql`
    DELETE FROM chat_participants WHERE chat_id = ${chatId} AND user_id = ${userId} RETURNING role`);
  if (gone === null) throw notFound('participant');
  await tx.execute(sql`
    UPDATE chat_shares SET status = 'revoked'
    WHERE chat_id = ${chatId} AND status = 'accepted' AND accepted_by = ${userId}`);
  await tx.execute(sql`
    UPDATE chats SET access_seq = access_seq + 1, updated_at = now(), mode = CASE WHEN EXISTS (
      SELECT 1 FROM chat_participants p WHERE p.chat_id = chats.id) THEN mode ELSE 'CHAT' END
    WHERE id = ${chatId}`);
  wakeReaders(tx, call);
  tx.journal({
    ...sessionFrame(call, actor),
    type: 'session.participant_removed',
    summary: 'participant of a chat removed',
    payload: { user_id: userId, role: gone.role },
  });
}
