import { MAX_HISTORY_TOKENS } from '../../../domain/conversations/chats/chat-compact-job.ts';
import type { Database } from '../../kernel/database.ts';
import { sql } from '../../kernel/sql.ts';

/** What an agent is told of a conversation that it goes on with: nothing that is in quarantine. */
export interface TurnInput {
  readonly id: string;
  readonly message: string;
  /** Oldest first: as many of the newest messages as fit the budget. */
  readonly history: readonly { readonly role: 'user' | 'assistant'; readonly content: string }[];
  /** Messages before those, and after those that `notes` stands for. */
  readonly left_out: number;
  /** The older part of a long conversation, as it was written down; null: there is none. */
  readonly notes: string | null;
  /** What was said into the turn while it was under way, oldest first. */
  readonly steered: readonly string[];
  /** The newest of what the agent had told by then; empty where nothing was said into the turn. */
  readonly told_before: string;
  /** Files that went with the messages of the turn, as they came. */
  readonly files: readonly TurnFile[];
  /** Steps that it may take. */
  readonly max_turns: number | null;
}

export interface TurnFile {
  readonly id: string;
  readonly name: string;
  readonly size_bytes: number;
  readonly sha256: string;
  readonly blob_id: string;
}

/** Of what was said before. */
const MAX_HISTORY_MESSAGES = 200;
/** Of what an agent had told when somebody spoke into its turn. */
const MAX_TOLD_CHARACTERS = 16_000;
/** Of one turn: those of its first message and of each that was said into it. */
const MAX_FILES = 110;

/** Null: the turn's message is gone. */
export async function readTurnInput(
  db: Pick<Database, 'reads'>,
  workspaceId: string,
  chatId: string,
  jobId: string,
): Promise<TurnInput | null> {
  return db.reads.maybeOne<TurnInput>(
    [workspaceId],
    sql`
      SELECT m.chat_id AS id, m.content AS message, h.history, o.notes,
        m.seq - 1 - o.upto_seq - h.told AS left_out, s.steered, m.max_turns,
        CASE WHEN s.steered = '[]' THEN '' ELSE coalesce((
          SELECT right(string_agg(e.data ->> 'text', '' ORDER BY e.seq), ${MAX_TOLD_CHARACTERS})
          FROM chat_events e WHERE e.job_id = m.job_id AND e.type = 'message.delta'), '') END AS told_before,
        (SELECT coalesce(jsonb_agg(jsonb_build_object('id', f.id, 'name', f.name, 'size_bytes', f.size_bytes,
            'sha256', f.sha256, 'blob_id', f.blob_id) ORDER BY f.created_at, f.id), '[]')
          FROM (SELECT g.* FROM chat_attachments g WHERE g.message_id IN (
            SELECT id FROM chat_messages w WHERE w.job_id = m.job_id AND NOT crewship_is_quarantined('message', w.id))
            ORDER BY g.created_at, g.id ${sql.limit(MAX_FILES)}) f) AS files
      FROM chat_messages m
      CROSS JOIN LATERAL (
        SELECT max(c.compacted) AS notes, coalesce(max(c.compacted_seq), 0) AS upto_seq
        FROM chats c WHERE c.id = m.chat_id AND c.compacted_seq < m.seq
          -- What came into quarantine after it was written down may be in it.
          AND NOT EXISTS (
            SELECT FROM review_items i JOIN chat_messages q ON q.id = i.subject_id
            WHERE i.workspace_id = c.workspace_id AND i.subject_type = 'message' AND i.quarantined_at > c.compacted_at
              AND q.chat_id = c.id AND q.seq <= c.compacted_seq)
      ) o
      CROSS JOIN LATERAL (
        SELECT coalesce(jsonb_agg(t.content ORDER BY t.seq), '[]') AS steered FROM chat_messages t
        WHERE t.job_id = m.job_id AND t.role = 'user' AND t.seq > m.seq AND NOT crewship_is_quarantined('message', t.id)
      ) s
      CROSS JOIN LATERAL (
        SELECT coalesce(jsonb_agg(jsonb_build_object('role', b.role, 'content', b.content) ORDER BY b.seq), '[]')
            AS history, count(*) AS told
        FROM (
          SELECT n.seq, n.role, n.content, sum(octet_length(n.content) / 4 + 8) OVER (ORDER BY n.seq DESC) AS tokens
          FROM (
            SELECT seq, role, content FROM chat_messages p WHERE chat_id = m.chat_id AND seq < m.seq
              AND seq > o.upto_seq AND NOT crewship_is_quarantined('message', p.id)
            ORDER BY seq DESC ${sql.limit(MAX_HISTORY_MESSAGES)}
          ) n
        ) b WHERE b.tokens + coalesce(octet_length(o.notes) / 4, 0) <= ${MAX_HISTORY_TOKENS}
      ) h
      WHERE m.chat_id = ${chatId} AND m.job_id = ${jobId} AND m.role = 'user'
      ORDER BY m.seq LIMIT 1`,
  );
}
