import type { BlobDeps } from '../../../commands/kernel/blobs/write-blob.ts';
import { getSession } from '../../../db/conversations/chats/sessions-store.ts';
import { getAttachedFile, getReviewRow } from '../../../db/work/reviews/reviews-store.ts';
import { CrewshipError, notFound } from '../../../domain/kernel/errors/crewship-error.ts';
import { transcriptOf } from '../../conversations/chats/session-record.ts';
import { transcriptAnswer, transcriptQuery } from '../../conversations/chats/session-schemas.ts';
import { byteRange, rangeHeaders } from '../../http/kernel/byte-range.ts';
import { downloadHeaders } from '../../http/kernel/download-headers.ts';
import { defineRoute, ok, type Route } from '../../http/kernel/route.ts';
import { readerOf, readReviews, type ReviewDeps } from './on-review.ts';
import { attachmentParams, downloadAnswer, reviewParams, reviewQuery } from './review-schemas.ts';

/** What goes with an item, for who sees it: docs/contracts/reviews.md, What goes with an item. */
export function createReviewRecordRoutes({
  database,
  blobs,
}: ReviewDeps & { readonly blobs: Pick<BlobDeps, 'store'> }): Route[] {
  const { reads } = database;
  return [
    defineRoute({
      method: 'GET',
      url: '/api/v1/review/queue/:reviewItemId/transcript',
      operationId: 'getReviewTranscript',
      summary: 'Read the session that was submitted with an item, up to then',
      tags: ['Reviews'],
      authority: readReviews,
      params: reviewParams,
      query: transcriptQuery,
      responses: { 200: transcriptAnswer },
      contentType: 'application/json',
      handler: async (ctx) => {
        const reader = readerOf(ctx);
        const item = await getReviewRow(reads, reader, ctx.params.reviewItemId);
        if (item.chat_id === null || item.chat_seq === null) throw notFound('session');
        // As who submitted it sees it: it is gone for all when it is gone for them.
        const viewer = { ...reader, userId: item.submitted_by };
        const shown = { my_role: 'viewer', external_id: null, turn_job_id: null, metadata: {} } as const;
        const session = { ...(await getSession(reads, viewer, item.chat_id)), ...shown };
        const { format, include_tools: withTools } = ctx.query;
        const record = { reads, viewer, session, untilSeq: item.chat_seq };
        const { mediaType, body } = transcriptOf(record, { format, withTools });
        return ok(ctx.request.method === 'HEAD' ? '' : body, { 'content-type': mediaType });
      },
    }),
    defineRoute({
      method: 'GET',
      url: '/api/v1/review/queue/:reviewItemId/attachments/:attachmentIndex/download',
      operationId: 'downloadReviewAttachment',
      summary: 'Take a file that was submitted with an item, as it was then',
      description: 'As an attachment that runs nothing where it is shown; `Range` takes a part.',
      tags: ['Reviews'],
      authority: readReviews,
      params: attachmentParams,
      query: reviewQuery,
      contentType: 'application/octet-stream',
      responses: { 200: downloadAnswer, 206: downloadAnswer },
      errors: ['gone', 'range_not_satisfiable', 'unavailable'],
      handler: async (ctx) => {
        const reader = readerOf(ctx);
        const { reviewItemId: itemId, attachmentIndex: index } = ctx.params;
        const file = await getAttachedFile(reads, reader, { itemId, index });
        if (!file.is_stored) throw new CrewshipError('gone', 'the file is not kept any more');
        const range = byteRange(ctx.request.headers.range, file.size_bytes);
        const headers = { ...rangeHeaders(range, file.size_bytes), ...downloadHeaders(file) };
        const status = range === null ? 200 : 206;
        if (ctx.request.method === 'HEAD') return { status, body: '', headers };
        const body = await blobs.store.read(
          { workspaceId: reader.workspaceId, blobId: file.blob_id },
          range === null ? undefined : { from: range.start, to: range.end - 1 },
        );
        return { status, body, headers };
      },
    }),
  ];
}
