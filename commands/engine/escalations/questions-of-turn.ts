import type { EscalationRow } from '../../../db/people/escalations/escalation-row.ts';
import type { NewTurnEvent } from '../../../domain/conversations/chats/turn-event.ts';
import { sql } from '../../../db/kernel/sql.ts';
import type { Tx } from '../../../db/kernel/transaction.ts';
import { appendTurnEvents } from '../turns/turn-events.ts';

/** Who follows the turn of a chat hears that its agent waits for people, and what it asks. Locks the chat. */
export async function tellTurnOfQuestion(
  tx: Tx,
  question: { readonly id: string; readonly runId: string | null } & Pick<EscalationRow, 'type'> & {
      readonly reason: string;
    },
): Promise<void> {
  const data = { escalation_id: question.id, question_type: question.type, reason: question.reason };
  await tellTurn(tx, question.runId, { type: 'approval.required', data });
}

/**
 * Who follows the turn hears that its agent waits for this no longer. Locks the chat, after all that the answer itself
 * moves.
 */
export async function tellTurnOfAnswer(
  tx: Tx,
  { id, run_id: runId }: Pick<EscalationRow, 'id' | 'run_id'>,
  reason: 'answered' | 'unanswered',
): Promise<void> {
  await tellTurn(tx, runId, { type: 'progress', data: { reason, escalation_id: id } });
}

/** Of a turn that is over nothing more is told. */
async function tellTurn(tx: Tx, runId: string | null, event: NewTurnEvent): Promise<void> {
  if (runId === null) return;
  const turn = await tx.maybeOne<{ workspace_id: string; chat_id: string; job_id: string }>(sql`
    SELECT r.workspace_id, r.chat_id, r.job_id FROM runs r
    JOIN chats h ON h.workspace_id = r.workspace_id AND h.id = r.chat_id AND h.turn_job_id = r.job_id
    WHERE r.id = ${runId} AND r.trigger_type = 'CHAT' FOR NO KEY UPDATE OF h`);
  if (turn === null) return;
  const place = { workspaceId: turn.workspace_id, chatId: turn.chat_id, jobId: turn.job_id, runId };
  await appendTurnEvents(tx, place, [event]);
}
