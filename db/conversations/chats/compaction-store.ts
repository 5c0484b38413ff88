import type { ReadPool } from '../../kernel/read-pool.ts';
import { sql } from '../../kernel/sql.ts';
import { KEPT_MESSAGES } from '../../../domain/conversations/chats/chat-compact-job.ts';

/** What is written down of a chat, and up to where it may be. */
export interface CompactedSoFar {
  readonly compacted: string | null;
  readonly compacted_seq: number;
  /** The newest message but those that are told word by word and those of a turn that is under way. */
  readonly upto_seq: number;
}

export function readCompaction(
  reads: ReadPool,
  chat: { readonly workspaceId: string; readonly id: string },
): Promise<CompactedSoFar | null> {
  return reads.maybeOne<CompactedSoFar>(
    [chat.workspaceId],
    sql`
      SELECT c.compacted, c.compacted_seq, least(c.message_seq - ${KEPT_MESSAGES}, coalesce((
        SELECT min(m.seq) - 1 FROM chat_messages m WHERE m.chat_id = c.id AND m.job_id = c.turn_job_id),
        c.message_seq)) AS upto_seq
      FROM chats c WHERE c.id = ${chat.id} AND c.workspace_id = ${chat.workspaceId} AND c.deleted_at IS NULL`,
  );
}

export interface SaidMessage {
  readonly seq: number;
  readonly role: 'user' | 'assistant';
  readonly content: string;
}

/** Messages that are to be written down, oldest first: nothing that is in quarantine. */
export function listMessagesToCompact(
  reads: ReadPool,
  chat: { readonly workspaceId: string; readonly id: string },
  range: { readonly afterSeq: number; readonly untilSeq: number; readonly limit: number },
): Promise<readonly SaidMessage[]> {
  return reads.any<SaidMessage>(
    [chat.workspaceId],
    sql`
      SELECT seq, role, content FROM chat_messages m
      WHERE chat_id = ${chat.id} AND workspace_id = ${chat.workspaceId} AND seq > ${range.afterSeq}
        AND seq <= ${range.untilSeq} AND NOT crewship_is_quarantined('message', m.id)
      ORDER BY seq ${sql.limit(range.limit)}`,
  );
}
