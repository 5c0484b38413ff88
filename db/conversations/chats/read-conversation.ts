import type { ChatMessage } from '../../../domain/conversations/chats/chat.ts';
import type { TurnEvent } from '../../../domain/conversations/chats/turn-event.ts';
import type { ReadPool } from '../../kernel/read-pool.ts';
import { ascending, listOrder, type Page, type PageRequest, readPage, slice } from '../../kernel/page.ts';
import { sql } from '../../kernel/sql.ts';
import { artifactsOfRun } from '../../work/artifacts/artifacts-store.ts';

interface After {
  readonly afterSeq: number;
  readonly limit: number;
}

const messageColumns = sql.fragment`
  id, seq, role, content, author_user_id, agent_id, job_id, run_id, finish_reason, created_at,
  CASE WHEN role = 'assistant' THEN ${artifactsOfRun(sql.fragment`chat_messages.run_id`)}
    ELSE '[]'::jsonb END AS artifacts`;

const BY_SEQ = listOrder(ascending('integer', sql.fragment`seq`), ascending('text', sql.fragment`id`));

/** Messages of a chat that its reader was found to see, after a number and up to another, oldest first. */
export function listMessages(
  reads: ReadPool,
  chat: { readonly workspaceId: string; readonly id: string },
  { afterSeq, limit, untilSeq }: After & { readonly untilSeq?: number | undefined },
): Promise<readonly ChatMessage[]> {
  const until = untilSeq === undefined ? sql.fragment`` : sql.fragment`AND seq <= ${untilSeq}`;
  return reads.any<ChatMessage>(
    [chat.workspaceId],
    sql`
      SELECT ${messageColumns} FROM chat_messages
      WHERE chat_id = ${chat.id} AND workspace_id = ${chat.workspaceId} AND seq > ${afterSeq} ${until}
      ORDER BY seq ${sql.limit(limit)}`,
  );
}

/** The same by pages, from the oldest on. */
export function pageMessages(
  reads: ReadPool,
  chat: { readonly workspaceId: string; readonly id: string },
  page: PageRequest,
): Promise<Page<ChatMessage>> {
  const where = sql.fragment`chat_id = ${chat.id} AND workspace_id = ${chat.workspaceId}`;
  return readPage<ChatMessage>(
    reads,
    [chat.workspaceId],
    sql`
      SELECT ${messageColumns}, ${BY_SEQ.key}, count(*) OVER () AS total FROM chat_messages
      WHERE ${where} ${BY_SEQ.after(page)} ORDER BY ${BY_SEQ.by} ${slice(page)}`,
    page,
    () => sql`SELECT count(*) AS total FROM chat_messages WHERE ${where}`,
  );
}

/** What its turns told after a number, in its order; of one turn alone where `jobId` says which. */
export function listTurnEvents(
  reads: ReadPool,
  chat: { readonly workspaceId: string; readonly id: string },
  { afterSeq, limit, jobId = null }: After & { readonly jobId?: string | null },
): Promise<readonly TurnEvent[]> {
  const ofTurn = jobId === null ? sql.fragment`` : sql.fragment`AND job_id = ${jobId}`;
  return reads.any<TurnEvent>(
    [chat.workspaceId],
    sql`
      SELECT seq, type, data, job_id, run_id, created_at FROM chat_events
      WHERE chat_id = ${chat.id} AND workspace_id = ${chat.workspaceId} AND seq > ${afterSeq} ${ofTurn}
      ORDER BY seq ${sql.limit(limit)}`,
  );
}

/** The turn that an event is of; null: there is no such event. */
export async function findTurnOfEvent(
  reads: ReadPool,
  chat: { readonly workspaceId: string; readonly id: string },
  seq: number,
): Promise<string | null> {
  const row = await reads.maybeOne<{ job_id: string }>(
    [chat.workspaceId],
    sql`
      SELECT job_id FROM chat_events
      WHERE chat_id = ${chat.id} AND workspace_id = ${chat.workspaceId} AND seq = ${seq}`,
  );
  return row?.job_id ?? null;
}

/** The event that a turn begins with; 0: there is none. */
export async function findTurnStart(
  reads: ReadPool,
  chat: { readonly workspaceId: string; readonly id: string },
  jobId: string,
): Promise<number> {
  const row = await reads.maybeOne<{ seq: number }>(
    [chat.workspaceId],
    sql`
      SELECT seq FROM chat_events WHERE job_id = ${jobId} AND chat_id = ${chat.id}
        AND workspace_id = ${chat.workspaceId} ORDER BY seq LIMIT 1`,
  );
  return row?.seq ?? 0;
}
