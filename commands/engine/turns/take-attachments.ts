import { sql } from '../../../db/kernel/sql.ts';
import type { Tx } from '../../../db/kernel/transaction.ts';

/** A message takes along the files that its author has put into the chat and not sent yet. The chat is held. */
export async function takeAttachments(
  tx: Tx,
  message: { readonly chatId: string; readonly userId: string; readonly messageId: string },
): Promise<void> {
  await tx.execute(sql`
    UPDATE chat_attachments SET message_id = ${message.messageId}
    WHERE chat_id = ${message.chatId} AND uploaded_by = ${message.userId} AND message_id IS NULL`);
}
