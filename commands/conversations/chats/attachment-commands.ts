import type { Actor } from '../../../domain/kernel/access/authority.ts';
import { type ChatAttachment, MAX_ATTACHMENTS } from '../../../domain/conversations/chats/agent-chat.ts';
import { hasChatRole, sessionNotActive } from '../../../domain/conversations/chats/chat.ts';
import { CrewshipError, notFound, wrongState } from '../../../domain/kernel/errors/crewship-error.ts';
import { findAttachmentIn } from '../../../db/conversations/chats/attachments-store.ts';
import { sql } from '../../../db/kernel/sql.ts';
import type { Tx } from '../../../db/kernel/transaction.ts';
import { newId } from '../../../platform/ids/ids.ts';
import { keepBlob, releaseBlobs } from '../../kernel/blobs/keep-blob.ts';
import type { WrittenBlob } from '../../kernel/blobs/write-blob.ts';
import { holdSession, type SessionCall, sessionFrame } from './session-commands.ts';

/** What was uploaded, in the store and kept by nothing yet. */
export interface NewFile {
  readonly name: string;
  readonly mime: string;
  readonly written: WrittenBlob;
}

/**
 * A file that goes with the next message of who puts it in. Throws `not_found`, `forbidden`, `session_not_active`,
 * `conflict` for a name that one of theirs has that waits, `limit_reached`, `storage_full`.
 */
export async function attachFile(
  tx: Tx,
  call: SessionCall & { readonly file: NewFile },
  actor: Actor,
): Promise<ChatAttachment> {
  const { name } = call.file;
  const session = await holdSession(tx, call, 'editor');
  if (session.status !== 'active') throw sessionNotActive(session.status);
  const waiting = await tx.any<{ name: string }>(sql`
    SELECT name FROM chat_attachments
    WHERE chat_id = ${call.id} AND uploaded_by = ${call.userId} AND message_id IS NULL LIMIT ${MAX_ATTACHMENTS}`);
  if (waiting.some((other) => other.name === name)) {
    throw new CrewshipError('conflict', 'a file of this name waits for the next message already');
  }
  if (waiting.length >= MAX_ATTACHMENTS) {
    throw new CrewshipError('limit_reached', `a message has at most ${MAX_ATTACHMENTS} files`, {
      extensions: { limit: MAX_ATTACHMENTS },
    });
  }
  const id = await storeFile(tx, { ...call, messageId: null }, actor);
  return (await findAttachmentIn(tx, call.id, id))!;
}

/**
 * Files that come with a message, which is there already. Locks blobs: after all that the message's turn locks. Throws
 * `storage_full`.
 */
export async function storeFilesOf(
  tx: Tx,
  message: SessionCall & { readonly messageId: string; readonly files: readonly NewFile[] },
  actor: Actor,
): Promise<void> {
  for (const file of message.files) await storeFile(tx, { ...message, file }, actor);
}

async function storeFile(
  tx: Tx,
  call: SessionCall & { readonly messageId: string | null; readonly file: NewFile },
  actor: Actor,
): Promise<string> {
  const { name, mime, written } = call.file;
  const id = newId();
  const blob = await keepBlob(tx, written, { kind: 'chat_attachment', id });
  await tx.execute(sql`
    INSERT INTO chat_attachments (id, workspace_id, chat_id, name, mime, sha256, size_bytes, blob_id, uploaded_by,
      message_id)
    VALUES (${id}, ${call.workspaceId}, ${call.id}, ${name}, ${mime}, ${blob.sha256}, ${blob.sizeBytes}, ${blob.id},
      ${call.userId}, ${call.messageId})`);
  tx.journal({
    ...sessionFrame(call, actor),
    type: 'session.file_attached',
    summary: 'file put into a chat',
    payload: { attachment_id: id, sha256: blob.sha256, size_bytes: blob.sizeBytes },
  });
  return id;
}

/**
 * Takes a file back that was not sent yet, by who put it in and the chat's owner. Throws `not_found`, `forbidden`,
 * `wrong_state` for one that went with a message.
 */
export async function removeAttachment(
  tx: Tx,
  call: SessionCall & { readonly attachmentId: string },
  actor: Actor,
): Promise<void> {
  const session = await holdSession(tx, call, 'editor');
  const file = await findAttachmentIn(tx, call.id, call.attachmentId);
  if (file === null) throw notFound('attachment');
  if (file.uploaded_by !== call.userId && !hasChatRole(session.my_role, 'owner')) {
    throw new CrewshipError('forbidden', 'who put a file in, or the chat’s owner, takes it back');
  }
  if (file.message_id !== null) throw wrongState('attachment', 'sent', 'the file went with a message');
  await tx.execute(sql`DELETE FROM chat_attachments WHERE id = ${file.id}`);
  await releaseBlobs(tx, call.workspaceId, { kind: 'chat_attachment', id: file.id });
  tx.journal({
    ...sessionFrame(call, actor),
    type: 'session.file_removed',
    summary: 'file taken out of a chat',
    payload: { attachment_id: file.id, sha256: file.sha256, size_bytes: file.size },
  });
}
