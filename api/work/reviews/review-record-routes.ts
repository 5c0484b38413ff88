import { getSession } from '../../../db/conversations/chats/sessions-store.ts';
import { getReviewRow } from '../../../db/work/reviews/reviews-store.ts';
import { notFound } from '../../../domain/kernel/errors/crewship-error.ts';
import { transcriptOf } from '../../conversations/chats/session-record.ts';
import { transcriptAnswer, transcriptQuery } from '../../conversations/chats/session-schemas.ts';
import { defineRoute, ok, type Route } from '../../http/kernel/route.ts';
import { readerOf, readReviews, type ReviewDeps } from './on-review.ts';
import { reviewParams } from './review-schemas.ts';

/** What goes with an item, for who sees it: docs/contracts/reviews.md, What goes with an item. */
export function createReviewRecordRoutes({ database }: ReviewDeps): Route[] {
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
  ];
}
