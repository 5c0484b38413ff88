import type { AgentChat, Participant } from '../../../domain/conversations/chats/agent-chat.ts';
import { notFound } from '../../../domain/kernel/errors/crewship-error.ts';
import { ascending, descending, listOrder, type Page, type PageRequest, readPage, slice } from '../../kernel/page.ts';
import type { ReadPool } from '../../kernel/read-pool.ts';
import { sql } from '../../kernel/sql.ts';
import type { Tx } from '../../kernel/transaction.ts';
import { type ChatViewer, isSession, seenBy } from './sessions-store.ts';

/** Unread messages are counted up to here. */
const MAX_UNREAD = 100;

const columns = (viewer: ChatViewer) => sql.fragment`
  h.id, h.agent_id, h.workspace_id, h.title, h.mode, h.status, h.message_count, (
    SELECT count(*) FROM (
      SELECT 1 FROM chat_messages n WHERE n.chat_id = h.id AND n.author_user_id IS DISTINCT FROM ${viewer.userId}
        AND n.seq > coalesce((
          SELECT last_read_seq FROM chat_reads d WHERE d.chat_id = h.id AND d.user_id = ${viewer.userId}), 0)
      LIMIT ${MAX_UNREAD}) unread
  ) AS unread_count, h.origin, h.created_at AS started_at, h.closed_at AS ended_at, h.created_at, h.last_activity_at`;

const NEWEST = listOrder(descending('time', sql.fragment`h.last_activity_at`), descending('text', sql.fragment`h.id`));

/** Chats with an agent that somebody may see, the one that was talked in last first. */
export function listAgentChats(
  reads: ReadPool,
  viewer: ChatViewer,
  agentId: string,
  page: PageRequest,
): Promise<Page<AgentChat>> {
  const where = sql.fragment`${isSession(viewer)} AND h.agent_id = ${agentId}`;
  return readPage<AgentChat>(
    reads,
    [viewer.workspaceId],
    sql`
      SELECT ${columns(viewer)}, ${NEWEST.key}, count(*) OVER () AS total FROM ${seenBy(viewer)}
      WHERE ${where} ${NEWEST.after(page)} ORDER BY ${NEWEST.by} ${slice(page)}`,
    page,
    () => sql`SELECT count(*) AS total FROM ${seenBy(viewer)} WHERE ${where}`,
  );
}

/** Throws `not_found` also for a chat of another agent, and one that the viewer may not know of. */
export async function getAgentChatIn(
  tx: Tx,
  viewer: ChatViewer,
  chat: { readonly id: string; readonly agentId: string },
): Promise<AgentChat> {
  const row = await tx.maybeOne<AgentChat>(sql`
    SELECT ${columns(viewer)} FROM ${seenBy(viewer)}
    WHERE ${isSession(viewer)} AND h.id = ${chat.id} AND h.agent_id = ${chat.agentId}`);
  if (row === null) throw notFound('session');
  return row;
}

const FIRST = listOrder(ascending('time', sql.fragment`p.created_at`), ascending('text', sql.fragment`p.user_id`));

/** Who takes part in a chat that its reader was found to see: its owner first, then as they came. */
export function listParticipants(
  reads: ReadPool,
  chat: { readonly workspaceId: string; readonly id: string },
  page: PageRequest,
): Promise<Page<Participant>> {
  const all = sql.fragment`(
    SELECT h.owner_user_id AS user_id, 'owner' AS role, NULL AS added_by, h.created_at FROM chats h
      WHERE h.id = ${chat.id} AND h.owner_user_id IS NOT NULL
    UNION ALL
    SELECT c.user_id, CASE c.role WHEN 'editor' THEN 'member' ELSE c.role END, c.added_by, c.created_at
      FROM chat_participants c
      WHERE c.chat_id = ${chat.id} AND (c.expires_at IS NULL OR c.expires_at > clock_timestamp())
  ) p JOIN users u ON u.id = p.user_id`;
  return readPage<Participant>(
    reads,
    [chat.workspaceId],
    sql`
      SELECT p.user_id, u.full_name AS name, p.role, p.added_by, p.created_at, ${FIRST.key}, count(*) OVER () AS total
      FROM ${all} WHERE true ${FIRST.after(page)} ORDER BY ${FIRST.by} ${slice(page)}`,
    page,
    () => sql`SELECT count(*) AS total FROM ${all}`,
  );
}

/** Somebody whom the chat's owner let in. */
export function getParticipantIn(tx: Tx, chatId: string, userId: string): Promise<Participant> {
  return tx.one<Participant>(sql`
    SELECT p.user_id, u.full_name AS name, CASE p.role WHEN 'editor' THEN 'member' ELSE p.role END AS role, p.added_by,
      p.created_at
    FROM chat_participants p JOIN users u ON u.id = p.user_id WHERE p.chat_id = ${chatId} AND p.user_id = ${userId}`);
}
