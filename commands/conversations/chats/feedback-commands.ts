import type { Actor } from '../../../domain/kernel/access/authority.ts';
import { notFound } from '../../../domain/kernel/errors/crewship-error.ts';
import { getSessionIn } from '../../../db/conversations/chats/sessions-store.ts';
import { type Feedback, feedbackColumns } from '../../../db/conversations/chats/feedback-store.ts';
import { sql } from '../../../db/kernel/sql.ts';
import type { Tx } from '../../../db/kernel/transaction.ts';
import { newId } from '../../../platform/ids/ids.ts';
import { type SessionCall, sessionFrame } from './session-commands.ts';

export interface NewFeedback extends SessionCall {
  readonly messageId: string;
  readonly rating: number;
  /** Empty: none. */
  readonly signal: string;
  readonly comment: string | null;
  readonly tags: readonly string[];
}

/**
 * What somebody who sees a session thinks of one of its messages; of one signal they think one thing. Throws
 * `not_found`.
 */
export async function recordFeedback(
  tx: Tx,
  given: NewFeedback,
  actor: Actor,
): Promise<{ readonly feedback: Feedback; readonly isNew: boolean }> {
  await getSessionIn(tx, given, given.id);
  const message = await tx.maybeOne(sql`
    SELECT 1 FROM chat_messages WHERE id = ${given.messageId} AND chat_id = ${given.id}`);
  if (message === null) throw notFound('message');
  const row = await tx.one<Feedback & { is_new: boolean }>(sql`
    INSERT INTO message_feedback AS f (id, workspace_id, chat_id, message_id, user_id, rating, signal, comment, tags)
    VALUES (${newId()}, ${given.workspaceId}, ${given.id}, ${given.messageId}, ${given.userId}, ${given.rating},
      ${given.signal}, ${given.comment}, ${sql.array([...given.tags], 'text')})
    ON CONFLICT (message_id, user_id, signal) DO UPDATE SET rating = excluded.rating, comment = excluded.comment,
      tags = excluded.tags, updated_at = now()
    RETURNING ${feedbackColumns}, xmax = 0 AS is_new`);
  const { is_new: isNew, ...feedback } = row;
  tx.journal({
    ...sessionFrame(given, actor),
    type: 'feedback.recorded',
    summary: 'feedback on a message',
    payload: { message_id: given.messageId, rating: given.rating, signal: given.signal },
  });
  return { feedback, isNew };
}
