import { orchestratorActor } from '../../../domain/kernel/access/authority.ts';
import {
  chatCompactJob,
  COMPACT_FROM_TOKENS,
  KEPT_MESSAGES,
  MESSAGES_BETWEEN,
} from '../../../domain/conversations/chats/chat-compact-job.ts';
import { sql } from '../../../db/kernel/sql.ts';
import type { Tx } from '../../../db/kernel/transaction.ts';
import { journalJob } from '../jobs/journal-job.ts';
import { insertJob } from '../jobs/request-job.ts';
import { tellJob } from '../jobs/tell-job.ts';

/** Messages that are looked at: more than the budget takes, whatever their size. */
const MAX_LOOKED_AT = 400;

/**
 * Asks for a held chat to be written down when what an agent is told of it comes near the budget, one job of a chat at
 * a time. It goes past the limit of jobs, whose count another transaction may hold: one of a chat is all there is.
 */
export async function askCompaction(
  tx: Tx,
  chat: { readonly id: string; readonly workspaceId: string },
): Promise<void> {
  const isDue = await tx.maybeOne(sql`
    SELECT 1 FROM chats c WHERE c.id = ${chat.id} AND c.deleted_at IS NULL
      AND c.message_seq - c.compacted_seq > ${KEPT_MESSAGES}
      AND c.message_seq - c.compact_asked_seq >= ${MESSAGES_BETWEEN}
      AND (SELECT sum(octet_length(n.content) / 4 + 8) FROM (
        SELECT content FROM chat_messages m WHERE m.chat_id = c.id AND m.seq > c.compacted_seq
        ORDER BY m.seq DESC ${sql.limit(MAX_LOOKED_AT)}) n) > ${COMPACT_FROM_TOKENS}
      AND NOT EXISTS (SELECT 1 FROM jobs j WHERE j.workspace_id = c.workspace_id AND j.kind = ${chatCompactJob.name}
        AND j.subject_type = 'chat' AND j.subject_id = c.id
        AND j.status IN ('queued', 'running', 'waiting', 'cancelling'))`);
  if (isDue === null) return;
  await tx.execute(sql`UPDATE chats SET compact_asked_seq = message_seq WHERE id = ${chat.id}`);
  const input = { session_id: chat.id };
  const actor = orchestratorActor();
  const job = await insertJob(tx, {
    ...{ workspaceId: chat.workspaceId, kind: chatCompactJob, input, actor, status: 'queued' as const },
    subject: chatCompactJob.subjectOf(input),
  });
  journalJob(tx, job, { event: 'queued', actor });
  tellJob(tx, job);
}
