import type { Actor } from '../../../domain/kernel/access/authority.ts';
import { CrewshipError, notFound } from '../../../domain/kernel/errors/crewship-error.ts';
import { type ChatRole, refuseChatRole } from '../../../domain/conversations/chats/chat.ts';
import { newId } from '../../../platform/ids/ids.ts';
import { sql } from '../../../db/kernel/sql.ts';
import type { Tx } from '../../../db/kernel/transaction.ts';
import { lockLiveRunOfJob } from '../runs/settle-run.ts';
import { takeAttachments } from './take-attachments.ts';
import { appendTurnEvents } from './turn-events.ts';

/** Messages into one turn. */
const MAX_STEERS = 10;

export interface Steering {
  readonly workspaceId: string;
  readonly chatId: string;
  readonly userId: string;
  readonly message: string;
}

export interface SteeredTurn {
  readonly jobId: string;
  readonly runId: string;
  readonly messageId: string;
  readonly seq: number;
}

/**
 * A message into the turn that is under way. An attempt that has not begun reads it with the first one. One at work is
 * ended and begun again in its place, as restarted agents are: it is told what it has said so far, and this. Throws
 * `not_found`, `forbidden`, `nothing_to_steer`, `limit_reached`.
 */
export async function steerTurn(tx: Tx, steering: Steering, actor: Actor): Promise<SteeredTurn> {
  const { workspaceId, chatId, userId } = steering;
  const chat = await tx.maybeOne<{ role: ChatRole | null; turn_job_id: string | null }>(sql`
    SELECT crewship_chat_role(id, ${userId}) AS role, turn_job_id FROM chats
    WHERE id = ${chatId} AND mode <> 'MISSION' AND deleted_at IS NULL`);
  if (chat === null || chat.role === null) throw notFound('session');
  refuseChatRole(chat.role, 'editor');
  if (chat.turn_job_id === null) throw nothingToSteer();
  const jobId = chat.turn_job_id;
  const locked = await lockLiveRunOfJob(tx, jobId);
  if (locked === null || locked.run.cancel_requested_at !== null) throw nothingToSteer();
  const { run } = locked;
  const taken = await tx.maybeOne<{ message_seq: number }>(sql`
    UPDATE chats SET message_seq = message_seq + 1, message_count = message_count + 1,
      last_activity_at = clock_timestamp(), updated_at = now()
    WHERE id = ${chatId} AND turn_job_id = ${jobId} RETURNING message_seq`);
  if (taken === null) throw nothingToSteer();
  const seq = taken.message_seq;
  const { steers } = await tx.one<{ steers: number }>(sql`
    SELECT count(*)::integer - 1 AS steers FROM chat_messages WHERE job_id = ${jobId} AND role = 'user'`);
  if (steers >= MAX_STEERS) {
    throw new CrewshipError('limit_reached', `a turn takes at most ${MAX_STEERS} more messages`, {
      extensions: { limit: MAX_STEERS },
    });
  }
  const messageId = newId();
  await tx.execute(sql`
    INSERT INTO chat_messages (id, workspace_id, chat_id, seq, role, content, author_user_id, job_id)
    VALUES (${messageId}, ${workspaceId}, ${chatId}, ${seq}, 'user', ${steering.message}, ${userId}, ${jobId})`);
  await takeAttachments(tx, { chatId, userId, messageId });
  if (run.status !== 'QUEUED') {
    await tx.execute(sql`
      UPDATE runs SET restart_requested_at = coalesce(restart_requested_at, clock_timestamp()) WHERE id = ${run.id}`);
  }
  if (run.status === 'RUNNING') {
    tx.enqueue({ kind: 'workflow', workflow: 'run', address: { workspaceId, id: run.id, generation: 0 } });
  }
  const data = { message_id: messageId, seq, author_user_id: userId, content: steering.message };
  await appendTurnEvents(tx, { workspaceId, chatId, jobId, runId: run.id }, [{ type: 'message.posted', data }]);
  tx.journal({
    type: 'chat.user_message',
    transitionId: `chat-${chatId}:message-${seq}`,
    actor,
    workspaceId,
    crewId: run.crew_id,
    agentId: run.agent_id,
    targetType: 'chat',
    targetId: chatId,
    traceId: run.id,
    summary: 'message into a turn',
    payload: { job_id: jobId, message_id: messageId, seq, run_id: run.id, steers: true },
  });
  return { jobId, runId: run.id, messageId, seq };
}

function nothingToSteer(): CrewshipError {
  return new CrewshipError('nothing_to_steer', 'no turn is under way that takes another message');
}
