import type { ChatAttachment } from '../../../domain/conversations/chats/agent-chat.ts';
import { ascending, listOrder, type Page, type PageRequest, readPage, slice } from '../../kernel/page.ts';
import type { ReadPool } from '../../kernel/read-pool.ts';
import { sql } from '../../kernel/sql.ts';
import type { Tx } from '../../kernel/transaction.ts';

const columns = sql.fragment`
  f.id, f.name AS filename, f.size_bytes AS size, f.mime, f.sha256, f.uploaded_by, f.message_id, f.created_at`;
const ORDER = listOrder(ascending('time', sql.fragment`f.created_at`), ascending('text', sql.fragment`f.id`));

/** Files of a chat that its reader was found to see, as they came. */
export function listAttachments(
  reads: ReadPool,
  chat: { readonly workspaceId: string; readonly id: string },
  page: PageRequest,
): Promise<Page<ChatAttachment>> {
  const where = sql.fragment`f.workspace_id = ${chat.workspaceId} AND f.chat_id = ${chat.id}`;
  return readPage<ChatAttachment>(
    reads,
    [chat.workspaceId],
    sql`
      SELECT ${columns}, ${ORDER.key}, count(*) OVER () AS total FROM chat_attachments f
      WHERE ${where} ${ORDER.after(page)} ORDER BY ${ORDER.by} ${slice(page)}`,
    page,
    () => sql`SELECT count(*) AS total FROM chat_attachments f WHERE ${where}`,
  );
}

export type StoredAttachment = ChatAttachment & { readonly blob_id: string };

/** Null for one of another chat. */
export function findAttachment(
  reads: ReadPool,
  chat: { readonly workspaceId: string; readonly id: string },
  id: string,
): Promise<StoredAttachment | null> {
  return reads.maybeOne<StoredAttachment>(
    [chat.workspaceId],
    sql`SELECT ${columns}, f.blob_id FROM chat_attachments f
      WHERE f.workspace_id = ${chat.workspaceId} AND f.chat_id = ${chat.id} AND f.id = ${id}`,
  );
}

export function findAttachmentIn(tx: Tx, chatId: string, id: string): Promise<StoredAttachment | null> {
  return tx.maybeOne<StoredAttachment>(sql`
    SELECT ${columns}, f.blob_id FROM chat_attachments f WHERE f.chat_id = ${chatId} AND f.id = ${id}`);
}
