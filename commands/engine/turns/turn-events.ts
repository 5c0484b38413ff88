import type { NewTurnEvent } from '../../../domain/conversations/chats/turn-event.ts';
import { sql } from '../../../db/kernel/sql.ts';
import type { Tx } from '../../../db/kernel/transaction.ts';

/** The turn that events are of; `runId` null: it has no attempt yet. */
export interface TurnPlace {
  readonly workspaceId: string;
  readonly chatId: string;
  /** Null: what people tell one another. */
  readonly jobId: string | null;
  readonly runId: string | null;
}

/**
 * Adds to what a turn tells. The chat's row gives out the numbers, so that who reads after one never passes one by that
 * is committed later; who follows it is woken.
 */
export async function appendTurnEvents(tx: Tx, turn: TurnPlace, events: readonly NewTurnEvent[]): Promise<void> {
  if (events.length === 0) return;
  const { event_seq: last } = await tx.one<{ event_seq: number }>(sql`
    UPDATE chats SET event_seq = event_seq + ${events.length} WHERE id = ${turn.chatId} RETURNING event_seq`);
  const rows = events.map(({ type, data }, index) => ({ seq: last - events.length + index + 1, type, data }));
  await tx.execute(sql`
    INSERT INTO chat_events (workspace_id, chat_id, seq, job_id, run_id, type, data)
    SELECT ${turn.workspaceId}, ${turn.chatId}, e.seq, ${turn.jobId}, ${turn.runId}, e.type, e.data
    FROM json_to_recordset(${sql.rows(rows)}) AS e (seq bigint, type text, data jsonb)`);
  tellChat(tx, { workspaceId: turn.workspaceId, id: turn.chatId });
}

/** Who follows a chat looks again. */
function tellChat(tx: Tx, chat: { readonly workspaceId: string; readonly id: string }): void {
  tx.enqueue({ kind: 'wake', topic: 'chat', workspaceId: chat.workspaceId, id: chat.id });
}
