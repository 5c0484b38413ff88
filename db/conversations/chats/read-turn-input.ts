import type { Database } from '../../kernel/database.ts';
import { sql } from '../../kernel/sql.ts';

/** What an agent is told of a conversation that it goes on with: nothing that is in quarantine. */
export interface TurnInput {
  readonly id: string;
  readonly message: string;
  /** Oldest first: as many of the newest messages as fit the budget. */
  readonly history: readonly { readonly role: 'user' | 'assistant'; readonly content: string }[];
  /** Messages before those. */
  readonly left_out: number;
}

/** Of what was said before: messages, and tokens at four bytes each, which is more than most texts have. */
const MAX_HISTORY_MESSAGES = 200;
const MAX_HISTORY_TOKENS = 32_000;

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
      SELECT m.chat_id AS id, m.content AS message, h.history, m.seq - 1 - h.told AS left_out
      FROM chat_messages m
      CROSS JOIN LATERAL (
        SELECT coalesce(jsonb_agg(jsonb_build_object('role', b.role, 'content', b.content) ORDER BY b.seq), '[]')
            AS history, count(*) AS told
        FROM (
          SELECT n.seq, n.role, n.content, sum(octet_length(n.content) / 4 + 8) OVER (ORDER BY n.seq DESC) AS tokens
          FROM (
            SELECT seq, role, content FROM chat_messages p WHERE chat_id = m.chat_id AND seq < m.seq
              AND NOT crewship_is_quarantined('message', p.id)
            ORDER BY seq DESC ${sql.limit(MAX_HISTORY_MESSAGES)}
          ) n
        ) b WHERE b.tokens <= ${MAX_HISTORY_TOKENS}
      ) h
      WHERE m.chat_id = ${chatId} AND m.job_id = ${jobId} AND m.role = 'user'`,
  );
}
