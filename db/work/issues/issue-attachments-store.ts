import { notFound } from '../../../domain/kernel/errors/crewship-error.ts';
import type { IssueAttachment } from '../../../domain/work/issues/attachment.ts';
import { oldestFirst, type Page, type PageRequest, readPage, slice } from '../../kernel/page.ts';
import type { ReadPool } from '../../kernel/read-pool.ts';
import { sql } from '../../kernel/sql.ts';
import type { Tx } from '../../kernel/transaction.ts';

const ORDER = oldestFirst('f');

const columns = sql.fragment`
  f.id, f.workspace_id, 'issue' AS owner_type, f.issue_id AS owner_id, f.filename, f.content_type, f.size_bytes,
  f.sha256, 'user' AS uploaded_by_type, f.uploaded_by AS uploaded_by_id,
  (SELECT u.full_name FROM users u WHERE u.id = f.uploaded_by) AS uploaded_by_name, f.created_at`;

/** Files of an issue, oldest first. */
export function listIssueAttachments(
  reads: ReadPool,
  workspaceId: string,
  issueId: string,
  page: PageRequest,
): Promise<Page<IssueAttachment>> {
  return readPage<IssueAttachment>(
    reads,
    [workspaceId],
    sql`
      SELECT ${columns}, ${ORDER.key}, count(*) OVER () AS total FROM issue_attachments f
      WHERE f.issue_id = ${issueId} ${ORDER.after(page)} ORDER BY ${ORDER.by} ${slice(page)}`,
    page,
    () => sql`SELECT count(*) AS total FROM issue_attachments f WHERE f.issue_id = ${issueId}`,
  );
}

/** One of an issue, and where its content is. Throws `not_found`. */
export async function getIssueAttachment(
  reads: ReadPool,
  workspaceId: string,
  issueId: string,
  id: string,
): Promise<IssueAttachment & { readonly blob_id: string }> {
  const row = await reads.maybeOne<IssueAttachment & { readonly blob_id: string }>(
    [workspaceId],
    sql`SELECT ${columns}, f.blob_id FROM issue_attachments f WHERE f.id = ${id} AND f.issue_id = ${issueId}`,
  );
  if (row === null) throw notFound('attachment');
  return row;
}

/** The same file under the same name, of an issue that is held; null: there is none. */
export function findSameAttachment(
  tx: Tx,
  issueId: string,
  { filename, sha256 }: Pick<IssueAttachment, 'filename' | 'sha256'>,
): Promise<IssueAttachment | null> {
  return tx.maybeOne<IssueAttachment>(sql`
    SELECT ${columns} FROM issue_attachments f
    WHERE f.issue_id = ${issueId} AND f.filename = ${filename} AND f.sha256 = ${sha256}`);
}
