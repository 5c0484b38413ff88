import { z } from 'zod';
import { type BlobDeps, writeBlob, type WrittenBlob } from '../../../commands/kernel/blobs/write-blob.ts';
import { attachToIssue, detachFromIssue } from '../../../commands/work/issues/issue-attachments.ts';
import type { Database } from '../../../db/kernel/database.ts';
import { getIssueAttachment, listIssueAttachments } from '../../../db/work/issues/issue-attachments-store.ts';
import { CrewshipError, invalidField } from '../../../domain/kernel/errors/crewship-error.ts';
import {
  ATTACHMENT_EXTENSIONS,
  ATTACHMENT_HEAD_BYTES,
  attachmentName,
  attachmentType,
  MAX_ATTACHMENT_BYTES,
} from '../../../domain/work/issues/attachment.ts';
import { byteRange, rangeHeaders } from '../../http/kernel/byte-range.ts';
import { downloadHeaders } from '../../http/kernel/download-headers.ts';
import { idField, timeField } from '../../http/kernel/fields.ts';
import { pageHeaders } from '../../http/kernel/pagination.ts';
import { readUpload } from '../../http/kernel/read-upload.ts';
import { created, defineRoute, noContent, ok, type Route } from '../../http/kernel/route.ts';
import { type IssueDeps, issueOfCrew, readIssues, refOf, writeIssues } from './on-issue.ts';
import { crewIssueParams, pagedQuery } from './public-issue-schemas.ts';

const ATTACHMENTS = '/api/v1/crews/:crewId/issues/:issueRef/attachments';
/** The file, and what a form puts around it. */
const BODY_BYTES = MAX_ATTACHMENT_BYTES + 65_536;

const attachmentParams = crewIssueParams.extend({ issueAttachmentId: idField });
const attachmentAnswer = z.object({
  id: z.string(),
  workspace_id: z.string(),
  owner_type: z.literal('issue'),
  owner_id: z.string().describe('the issue'),
  filename: z.string(),
  content_type: z.string(),
  size_bytes: z.int(),
  sha256: z.string(),
  uploaded_by_type: z.literal('user'),
  uploaded_by_id: z.string().nullable(),
  uploaded_by_name: z.string().nullable(),
  created_at: timeField,
});
const downloadAnswer = z.unknown().describe('the bytes');

interface Received {
  readonly filename: string;
  readonly contentType: string;
  readonly written: WrittenBlob;
}

/** Files that are attached to issues: docs/contracts/issues.md, Attachments. */
export function createIssueAttachmentRoutes(
  deps: IssueDeps & {
    readonly database: Pick<Database, 'systemTransaction' | 'systemReads'>;
    readonly blobs: Pick<BlobDeps, 'store' | 'quotaBytes'>;
  },
): Route[] {
  const { database, blobs } = deps;
  const { reads } = database;
  const tags = ['Issues'];
  const errors = ['ambiguous_reference'] as const;

  async function receive(workspaceId: string, content: AsyncIterable<Buffer>, given: string): Promise<Received> {
    const filename = attachmentName(given);
    if (filename === null) throw invalidField('file', 'must have a name');
    let contentType: string | null = null;
    const written = await writeBlob(
      { db: database, ...blobs },
      {
        workspaceId,
        source: judged(content, (head) => {
          contentType = attachmentType(filename, head);
          if (contentType === null) throw notTaken();
        }),
        limitBytes: MAX_ATTACHMENT_BYTES,
      },
    );
    return { filename, contentType: contentType!, written };
  }

  return [
    defineRoute({
      method: 'GET',
      url: ATTACHMENTS,
      operationId: 'listIssueAttachments',
      summary: 'List the files that are attached to an issue, oldest first',
      tags,
      authority: readIssues,
      params: crewIssueParams,
      query: pagedQuery,
      responses: { 200: z.array(attachmentAnswer) },
      errors,
      handler: async (ctx) => {
        const { id } = await issueOfCrew(deps, ctx);
        const page = await listIssueAttachments(reads, ctx.workspace.id, id, ctx.query);
        return ok(page.rows, pageHeaders(ctx.request.url, ctx.query, page));
      },
    }),
    defineRoute({
      method: 'POST',
      url: ATTACHMENTS,
      operationId: 'attachToIssue',
      summary: 'Attach a file to an issue',
      description:
        'Multipart with `file`, up to 25 MiB: text, data, pictures, PDF or ZIP, by its name and its first bytes; ' +
        'anything else is a 415. The same bytes under the same name are one file: 200.',
      tags,
      authority: writeIssues,
      params: crewIssueParams,
      isUpload: true,
      limits: { bodyBytes: BODY_BYTES },
      responses: { 200: attachmentAnswer, 201: attachmentAnswer },
      errors: ['storage_full', 'limit_reached', 'unavailable', ...errors],
      handler: async (ctx) => {
        const issue = await issueOfCrew(deps, ctx);
        const { fields, stored } = await readUpload(
          ctx.request,
          MAX_ATTACHMENT_BYTES,
          (content, filename) => receive(ctx.workspace.id, content, filename),
          // What nothing keeps is collected.
          async () => {},
        );
        const [extra] = Object.keys(fields);
        if (extra !== undefined) throw invalidField(extra, 'is unknown');
        if (stored === null) throw invalidField('file', 'is required');
        // What a repeated request is compared by.
        ctx.request.body = { filename: stored.filename, sha256: stored.written.sha256 };
        return ctx.write(async (tx) => {
          const { attachment, isNew } = await attachToIssue(tx, refOf(issue, ctx), stored, ctx.actor);
          return isNew ? created(attachment) : ok(attachment);
        });
      },
    }),
    defineRoute({
      method: 'GET',
      url: `${ATTACHMENTS}/:issueAttachmentId`,
      operationId: 'downloadIssueAttachment',
      summary: 'Take a file that is attached to an issue',
      description: 'As an attachment that runs nothing where it is shown; `Range` takes a part.',
      tags,
      authority: readIssues,
      params: attachmentParams,
      contentType: 'application/octet-stream',
      responses: { 200: downloadAnswer, 206: downloadAnswer },
      errors: ['range_not_satisfiable', 'unavailable', ...errors],
      handler: async (ctx) => {
        const issue = await issueOfCrew(deps, ctx);
        const workspaceId = ctx.workspace.id;
        const file = await getIssueAttachment(reads, workspaceId, issue.id, ctx.params.issueAttachmentId);
        const range = byteRange(ctx.request.headers.range, file.size_bytes);
        const headers = {
          ...rangeHeaders(range, file.size_bytes),
          ...downloadHeaders({ name: file.filename, mime: file.content_type }),
        };
        const status = range === null ? 200 : 206;
        if (ctx.request.method === 'HEAD') return { status, body: '', headers };
        const body = await blobs.store.read(
          { workspaceId, blobId: file.blob_id },
          range === null ? undefined : { from: range.start, to: range.end - 1 },
        );
        return { status, body, headers };
      },
    }),
    defineRoute({
      method: 'DELETE',
      url: `${ATTACHMENTS}/:issueAttachmentId`,
      operationId: 'detachFromIssue',
      summary: 'Take a file from an issue',
      tags,
      authority: writeIssues,
      params: attachmentParams,
      responses: { 204: z.null() },
      errors,
      handler: async (ctx) => {
        const issue = await issueOfCrew(deps, ctx);
        return ctx.write(async (tx) => {
          await detachFromIssue(tx, refOf(issue, ctx), ctx.params.issueAttachmentId, ctx.actor);
          return noContent();
        });
      },
    }),
  ];
}

function notTaken(): CrewshipError {
  return new CrewshipError('unsupported_media_type', `files are taken that are ${ATTACHMENT_EXTENSIONS.join(', ')}`);
}

/** A content that passes once its first bytes were judged. */
async function* judged(content: AsyncIterable<Buffer>, judge: (head: Buffer) => void): AsyncGenerator<Buffer> {
  let head: Buffer | null = Buffer.alloc(0);
  for await (const piece of content) {
    if (head === null) {
      yield piece;
      continue;
    }
    head = Buffer.concat([head, piece]);
    if (head.length < ATTACHMENT_HEAD_BYTES) continue;
    judge(head);
    yield head;
    head = null;
  }
  if (head === null) return;
  judge(head);
  yield head;
}
