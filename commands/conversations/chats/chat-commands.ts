import type { Actor } from '../../../domain/kernel/access/authority.ts';
import { CrewshipError, notFound } from '../../../domain/kernel/errors/crewship-error.ts';
import { auditEntry } from '../../../domain/evidence/journal/audit-entry.ts';
import { sql } from '../../../db/kernel/sql.ts';
import type { Tx } from '../../../db/kernel/transaction.ts';

export interface NewChat {
  readonly id: string;
  readonly workspaceId: string;
  readonly crewId: string;
  readonly agentId: string;
  /** The person it is with. */
  readonly userId: string | null;
  readonly title: string | null;
}

/**
 * A chat with an agent of the crew, under the caller's own id. Repeating it changes nothing. Throws `not_found` for an
 * agent or person that is not there, `conflict` for an id that is another chat's.
 */
export async function openChat(tx: Tx, chat: NewChat, actor: Actor): Promise<'created' | 'already_exists'> {
  const agent = await tx.maybeOne(sql`
    SELECT 1 FROM agents WHERE id = ${chat.agentId} AND crew_id = ${chat.crewId} AND deleted_at IS NULL FOR SHARE`);
  if (agent === null) throw notFound('agent');
  if (chat.userId !== null) {
    const member = await tx.maybeOne(sql`
      SELECT 1 FROM memberships
      WHERE user_id = ${chat.userId} AND workspace_id = ${chat.workspaceId} AND disabled_at IS NULL`);
    if (member === null) throw notFound('user');
  }
  const made = await tx.execute(sql`
    INSERT INTO chats (id, workspace_id, crew_id, agent_id, user_id, owner_user_id, visibility, title, mode, origin)
    VALUES (${chat.id}, ${chat.workspaceId}, ${chat.crewId}, ${chat.agentId}, ${chat.userId}, ${chat.userId},
      ${chat.userId === null ? 'workspace' : 'private'}, ${chat.title}, 'CHAT', 'AGENT')
    ON CONFLICT (id) DO NOTHING`);
  if (made === 0) {
    const same = await tx.maybeOne(sql`
      SELECT 1 FROM chats WHERE id = ${chat.id} AND crew_id = ${chat.crewId} AND agent_id = ${chat.agentId}`);
    if (same === null) throw new CrewshipError('conflict', 'this chat id is taken');
    return 'already_exists';
  }
  tx.journal(
    auditEntry('created', {
      actor,
      workspaceId: chat.workspaceId,
      crewId: chat.crewId,
      agentId: chat.agentId,
      targetType: 'chat',
      targetId: chat.id,
      label: chat.id,
    }),
  );
  return 'created';
}

interface ChatRef {
  readonly chatId: string;
  readonly crewId: string;
}

/** Counts messages of a chat of the crew. A count is no event: it is in no journal entry. Throws `not_found`. */
export async function countChatMessages(tx: Tx, ref: ChatRef, delta: number): Promise<void> {
  const found = await tx.execute(sql`
    UPDATE chats SET message_count = message_count + ${delta}, last_activity_at = now()
    WHERE id = ${ref.chatId} AND crew_id = ${ref.crewId}`);
  if (found === 0) throw notFound('chat');
}

/** Gives a chat of the crew its title, once. Throws `not_found`, also when it has one. */
export async function titleChat(tx: Tx, ref: ChatRef, title: string, actor: Actor): Promise<void> {
  const chat = await tx.maybeOne<{ workspace_id: string; agent_id: string | null }>(sql`
    UPDATE chats SET title = ${title} WHERE id = ${ref.chatId} AND crew_id = ${ref.crewId} AND title IS NULL
    RETURNING workspace_id, agent_id`);
  if (chat === null) throw notFound('chat without a title');
  tx.journal(
    auditEntry('updated', {
      actor,
      workspaceId: chat.workspace_id,
      crewId: ref.crewId,
      agentId: chat.agent_id,
      targetType: 'chat',
      targetId: ref.chatId,
      label: ref.chatId,
      payload: { changed_fields: ['title'] },
    }),
  );
}
