import type { Actor } from '../../../domain/kernel/access/authority.ts';
import { CrewshipError, notFound } from '../../../domain/kernel/errors/crewship-error.ts';
import {
  type ChatRole,
  type ChatStatus,
  refuseChatRole,
  sessionNotActive,
  turnInProgress,
} from '../../../domain/conversations/chats/chat.ts';
import { chatTurnJob } from '../../../domain/conversations/chats/chat-turn-job.ts';
import type { JsonObject } from '../../../domain/kernel/json/json-value.ts';
import { newId } from '../../../platform/ids/ids.ts';
import { refuseUnderReview } from '../agents/agent-commands.ts';
import { openCircuits } from '../agents/circuit-breaker.ts';
import { placeCrew } from '../hosts/place-crew.ts';
import { insertJob } from '../jobs/request-job.ts';
import { admitRuns } from '../runs/queue-runs.ts';
import { sql } from '../../../db/kernel/sql.ts';
import type { Tx } from '../../../db/kernel/transaction.ts';
import { findAnsweringAgent } from './answering-agent.ts';
import { takeAttachments } from './take-attachments.ts';
import { appendTurnEvents } from './turn-events.ts';

/** Turns of a workspace that are under way. */
const MAX_TURNS = 1_000;

export interface NewTurn {
  readonly workspaceId: string;
  readonly chatId: string;
  /** Who writes. */
  readonly userId: string;
  readonly message: string;
  /** Who answers, where the message says so. */
  readonly agent: string | null;
  readonly metadata: JsonObject;
  /** Steps that the agent may take, where its tool counts them. */
  readonly maxTurns?: number | null | undefined;
  /** The job that waits for it. */
  readonly parentId?: string;
}

export interface BegunTurn {
  readonly jobId: string;
  readonly runId: string;
  readonly messageId: string;
  /** The event that it begins with. */
  readonly eventSeq: number;
}

interface ChatRow {
  readonly status: ChatStatus;
  readonly role: ChatRole | null;
  readonly agent_id: string | null;
  readonly project_id: string | null;
  readonly turn_job_id: string | null;
}

/**
 * A message and the turn that answers it: the job, and the attempt that does it, which waits for a place like any
 * other. What decides is the update of the chat's row, last: of two messages at once one begins a turn. Throws
 * `not_found`, `forbidden`, `session_not_active`, `turn_in_progress`, `limit_reached`, `no_live_host`, what
 * {@link findAnsweringAgent} throws, and `conflict` for an agent under review or whose circuit is open.
 */
export async function beginTurn(tx: Tx, turn: NewTurn, actor: Actor): Promise<BegunTurn> {
  const jobId = newId();
  const input = { session_id: turn.chatId };
  const subject = { type: 'chat', id: turn.chatId };
  const insert = () =>
    insertJob(tx, {
      id: jobId,
      workspaceId: turn.workspaceId,
      kind: chatTurnJob,
      input,
      actor,
      subject,
      status: 'queued',
      parentId: turn.parentId ?? null,
    });
  return beginTurnOf(tx, jobId, turn, actor, insert);
}

/** The same for a job whose row is there, or is made by `insert` when all that comes before it is locked. */
export async function beginTurnOf(
  tx: Tx,
  jobId: string,
  turn: NewTurn,
  actor: Actor,
  insert: () => Promise<unknown> = () => Promise.resolve(),
): Promise<BegunTurn> {
  const { workspaceId, chatId, userId } = turn;
  const chat = await readChat(tx, chatId, userId);
  refuseBusy(chat);
  const agent = await findAnsweringAgent(
    tx,
    { workspaceId, agentId: chat.agent_id, projectId: chat.project_id },
    turn.agent,
  );
  refuseUnderReview(agent);
  if ((await openCircuits(tx, agent.crew_id)).get(agent.id) === 'open') {
    throw new CrewshipError('conflict', 'the agent’s circuit is open: it failed several times in a row', {
      extensions: { reason: 'circuit_open' },
    });
  }
  await refuseTooMany(tx, workspaceId);
  const hostId = await placeCrew(tx, agent.crew_id);
  const runId = newId();
  const messageId = newId();
  await tx.execute(sql`
    INSERT INTO runs (id, workspace_id, agent_id, crew_id, host_id, chat_id, job_id, trigger_type, triggered_by,
      generation, timeout_ms, queued_at)
    VALUES (${runId}, ${workspaceId}, ${agent.id}, ${agent.crew_id}, ${hostId}, ${chatId}, ${jobId}, 'CHAT', ${userId},
      0, ${agent.timeout_seconds * 1_000}, clock_timestamp())`);
  await admitRuns(tx, hostId);
  await insert();
  const seq = await takeTurn(tx, turn, jobId, agent.crew_id);
  await tx.execute(sql`
    INSERT INTO chat_messages (id, workspace_id, chat_id, seq, role, content, author_user_id, job_id, metadata,
      max_turns)
    VALUES (${messageId}, ${workspaceId}, ${chatId}, ${seq}, 'user', ${turn.message}, ${userId}, ${jobId},
      ${sql.jsonb(turn.metadata)}, ${turn.maxTurns ?? null})`);
  await takeAttachments(tx, { chatId, userId, messageId });
  await appendTurnEvents(tx, { workspaceId, chatId, jobId, runId }, [
    { type: 'turn.started', data: { job_id: jobId, run_id: runId, message_id: messageId, agent_id: agent.id } },
  ]);
  tx.journal({
    type: 'chat.user_message',
    transitionId: `chat-${chatId}:message-${seq}`,
    actor,
    workspaceId,
    crewId: agent.crew_id,
    agentId: agent.id,
    targetType: 'chat',
    targetId: chatId,
    traceId: runId,
    summary: 'message to an agent',
    payload: { job_id: jobId, message_id: messageId, seq, run_id: runId },
  });
  const { event_seq: eventSeq } = await tx.one<{ event_seq: number }>(sql`
    SELECT event_seq FROM chats WHERE id = ${chatId}`);
  return { jobId, runId, messageId, eventSeq };
}

async function readChat(tx: Tx, chatId: string, userId: string): Promise<ChatRow> {
  const chat = await tx.maybeOne<ChatRow>(sql`
    SELECT status, crewship_chat_role(id, ${userId}) AS role, agent_id, project_id, turn_job_id
    FROM chats WHERE id = ${chatId} AND mode <> 'MISSION' AND deleted_at IS NULL`);
  if (chat === null || chat.role === null) throw notFound('session');
  refuseChatRole(chat.role, 'editor');
  return chat;
}

function refuseBusy(chat: Pick<ChatRow, 'status' | 'turn_job_id'>): void {
  if (chat.status !== 'active') throw sessionNotActive(chat.status);
  if (chat.turn_job_id !== null) throw turnInProgress(chat.turn_job_id);
}

async function refuseTooMany(tx: Tx, workspaceId: string): Promise<void> {
  const { live } = await tx.one<{ live: number }>(sql`
    SELECT count(*)::integer AS live FROM (
      SELECT 1 FROM chats WHERE workspace_id = ${workspaceId} AND turn_job_id IS NOT NULL LIMIT ${MAX_TURNS}) counted`);
  if (live < MAX_TURNS) return;
  throw new CrewshipError('limit_reached', `a workspace has at most ${MAX_TURNS} turns under way`, {
    extensions: { limit: MAX_TURNS },
  });
}

/**
 * The number of the turn's message. Whoever was there a moment before keeps the turn. The chat is the crew's whose
 * agent answers: it may ask people, and other agents, from there.
 */
async function takeTurn(tx: Tx, turn: NewTurn, jobId: string, crewId: string): Promise<number> {
  const taken = await tx.maybeOne<{ message_seq: number }>(sql`
    UPDATE chats SET turn_job_id = ${jobId}, crew_id = ${crewId}, message_seq = message_seq + 1,
      message_count = message_count + 1, last_activity_at = clock_timestamp(), updated_at = now(),
      title = coalesce(title, ${titleOf(turn.message)})
    WHERE id = ${turn.chatId} AND status = 'active' AND turn_job_id IS NULL AND deleted_at IS NULL
    RETURNING message_seq`);
  if (taken !== null) return taken.message_seq;
  refuseBusy(await readChat(tx, turn.chatId, turn.userId));
  throw notFound('session');
}

/** Its first words, until somebody gives it a title. */
function titleOf(message: string): string {
  return message.replace(/\s+/g, ' ').trim().slice(0, 80).toWellFormed();
}
