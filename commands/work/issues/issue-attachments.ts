import type { Actor } from '../../../domain/kernel/access/authority.ts';
import { CrewshipError, notFound } from '../../../domain/kernel/errors/crewship-error.ts';
import { type IssueAttachment, MAX_ATTACHMENTS } from '../../../domain/work/issues/attachment.ts';
import { newId } from '../../../platform/ids/ids.ts';
import { sql } from '../../../db/kernel/sql.ts';
import type { Tx } from '../../../db/kernel/transaction.ts';
import { findSameAttachment } from '../../../db/work/issues/issue-attachments-store.ts';
import { keepBlob, releaseBlobs } from '../../kernel/blobs/keep-blob.ts';
import type { WrittenBlob } from '../../kernel/blobs/write-blob.ts';
import { addActivity, type IssueRef, journalIssue, lockIssue } from './issue-rows.ts';

/** What a blob is kept for. */
const ATTACHMENT = 'issue_attachment';

export interface NewAttachment {
  readonly filename: string;
  readonly contentType: string;
  readonly written: WrittenBlob;
}

/**
 * Attaches a file to an issue, once under its name. Throws `not_found`, `forbidden`, `limit_reached`, `storage_full`.
 */
export async function attachToIssue(
  tx: Tx,
  ref: IssueRef & { readonly userId: string },
  { filename, contentType, written }: NewAttachment,
  actor: Actor,
): Promise<{ readonly attachment: IssueAttachment; readonly isNew: boolean }> {
  const issue = await lockIssue(tx, ref);
  const { sha256 } = written;
  const same = await findSameAttachment(tx, issue.id, { filename, sha256 });
  if (same !== null) return { attachment: same, isNew: false };
  const { total } = await tx.one<{ total: number }>(sql`
    SELECT count(*)::integer AS total FROM issue_attachments WHERE issue_id = ${issue.id}`);
  if (total >= MAX_ATTACHMENTS)
    throw new CrewshipError('limit_reached', `an issue has at most ${MAX_ATTACHMENTS} files`);
  const id = newId();
  const blob = await keepBlob(tx, written, { kind: ATTACHMENT, id });
  await tx.execute(sql`
    INSERT INTO issue_attachments (id, workspace_id, issue_id, filename, content_type, size_bytes, sha256, blob_id,
      uploaded_by)
    VALUES (${id}, ${issue.workspace_id}, ${issue.id}, ${filename}, ${contentType}, ${blob.sizeBytes}, ${sha256},
      ${blob.id}, ${ref.userId})`);
  const facts = { attachment_id: id, size_bytes: blob.sizeBytes };
  await addActivity(tx, issue, actor, 'attachment_added', facts);
  journalIssue(tx, issue, actor, { type: 'issue.attached', payload: { identifier: issue.identifier, ...facts } });
  const attachment = await findSameAttachment(tx, issue.id, { filename, sha256 });
  return { attachment: attachment!, isNew: true };
}

/** Throws `not_found`, `forbidden`. */
export async function detachFromIssue(
  tx: Tx,
  ref: IssueRef & { readonly userId: string },
  attachmentId: string,
  actor: Actor,
): Promise<void> {
  const issue = await lockIssue(tx, ref);
  const gone = await tx.maybeOne<{ size_bytes: number }>(sql`
    DELETE FROM issue_attachments WHERE id = ${attachmentId} AND issue_id = ${issue.id} RETURNING size_bytes`);
  if (gone === null) throw notFound('attachment');
  await releaseBlobs(tx, issue.workspace_id, { kind: ATTACHMENT, ids: [attachmentId] });
  const facts = { attachment_id: attachmentId, size_bytes: gone.size_bytes };
  await addActivity(tx, issue, actor, 'attachment_removed', facts);
  journalIssue(tx, issue, actor, { type: 'issue.detached', payload: { identifier: issue.identifier, ...facts } });
}

/** An issue that is held, and about to go, needs its files no more. */
export async function releaseAttachments(
  tx: Tx,
  issue: { readonly id: string; readonly workspace_id: string },
): Promise<void> {
  const files = await tx.any<{ id: string }>(sql`
    DELETE FROM issue_attachments WHERE issue_id = ${issue.id} RETURNING id`);
  if (files.length === 0) return;
  await releaseBlobs(tx, issue.workspace_id, { kind: ATTACHMENT, ids: files.map(({ id }) => id) });
}
