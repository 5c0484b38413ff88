import type { Actor } from '../../../domain/kernel/access/authority.ts';
import { mentionedSlugs } from '../../../domain/conversations/chats/agent-chat.ts';
import { sessionNotActive } from '../../../domain/conversations/chats/chat.ts';
import type { JsonObject } from '../../../domain/kernel/json/json-value.ts';
import type { ChatViewer } from '../../../db/conversations/chats/sessions-store.ts';
import { sql } from '../../../db/kernel/sql.ts';
import type { Tx } from '../../../db/kernel/transaction.ts';
import { newId } from '../../../platform/ids/ids.ts';
import { beginTurn } from '../../engine/turns/begin-turn.ts';
import { takeAttachments } from '../../engine/turns/take-attachments.ts';
import { appendTurnEvents } from '../../engine/turns/turn-events.ts';
import { holdSession, sessionFrame } from './session-commands.ts';

export interface PostedMessage extends ChatViewer {
  readonly chatId: string;
  readonly content: string;
  readonly metadata: JsonObject;
  readonly maxTurns: number | null;
}

export interface Posting {
  readonly message_id: string;
  /** Null: the message is among people, and no agent answers. */
  readonly job_id: string | null;
  readonly run_id: string | null;
}

/**
 * A message into a chat. Its agent answers; in a group it answers who mentions it, or any other agent of the workspace
 * does that is mentioned, and everything else is said among people. Throws what {@link beginTurn} throws.
 */
export async function postMessage(tx: Tx, message: PostedMessage, actor: Actor): Promise<Posting> {
  const { workspaceId, userId, chatId } = message;
  const chat = await tx.maybeOne<{ mode: string }>(sql`
    SELECT mode FROM chats WHERE id = ${chatId} AND workspace_id = ${workspaceId}`);
  const isGroup = chat?.mode === 'GROUP';
  const mentioned = isGroup ? await findMentioned(tx, workspaceId, message.content) : null;
  if (isGroup && mentioned === null) return sayAmongPeople(tx, message, actor);
  const turn = { workspaceId, userId, chatId, message: message.content, agent: mentioned };
  const { metadata, maxTurns } = message;
  const { jobId, runId, messageId } = await beginTurn(tx, { ...turn, metadata, maxTurns }, actor);
  return { message_id: messageId, job_id: jobId, run_id: runId };
}

/** The agent that is mentioned first. */
async function findMentioned(tx: Tx, workspaceId: string, content: string): Promise<string | null> {
  const slugs = mentionedSlugs(content);
  if (slugs.length === 0) return null;
  const row = await tx.maybeOne<{ id: string }>(sql`
    SELECT id FROM agents WHERE workspace_id = ${workspaceId} AND slug = ANY (${sql.array([...slugs], 'text')})
      AND deleted_at IS NULL ORDER BY array_position(${sql.array([...slugs], 'text')}, slug) LIMIT 1`);
  return row?.id ?? null;
}

async function sayAmongPeople(tx: Tx, message: PostedMessage, actor: Actor): Promise<Posting> {
  const { workspaceId, userId, chatId } = message;
  const session = await holdSession(tx, { workspaceId, userId, id: chatId }, 'editor');
  if (session.status !== 'active') throw sessionNotActive(session.status);
  const messageId = newId();
  const { message_seq: seq } = await tx.one<{ message_seq: number }>(sql`
    UPDATE chats SET message_seq = message_seq + 1, message_count = message_count + 1,
      last_activity_at = clock_timestamp(), updated_at = now()
    WHERE id = ${chatId} RETURNING message_seq`);
  await tx.execute(sql`
    INSERT INTO chat_messages (id, workspace_id, chat_id, seq, role, content, author_user_id, metadata)
    VALUES (${messageId}, ${workspaceId}, ${chatId}, ${seq}, 'user', ${message.content}, ${userId},
      ${sql.jsonb(message.metadata)})`);
  await takeAttachments(tx, { chatId, userId, messageId });
  const data = { message_id: messageId, seq, author_user_id: userId, content: message.content };
  await appendTurnEvents(tx, { workspaceId, chatId, jobId: null, runId: null }, [{ type: 'message.posted', data }]);
  tx.journal({
    ...sessionFrame({ id: chatId, workspaceId }, actor),
    type: 'chat.user_message',
    transitionId: `chat-${chatId}:message-${seq}`,
    summary: 'message among people',
    payload: { job_id: null, message_id: messageId, seq, run_id: null },
  });
  return { message_id: messageId, job_id: null, run_id: null };
}
