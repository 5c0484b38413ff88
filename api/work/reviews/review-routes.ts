import { submitReview } from '../../../commands/work/reviews/submit-review.ts';
import { getReview, getReviewIn, listReviews, readReviewStats } from '../../../db/work/reviews/reviews-store.ts';
import type { JsonObject } from '../../../domain/kernel/json/json-value.ts';
import { pageHeaders } from '../../http/kernel/pagination.ts';
import { created, defineRoute, ok, type Route } from '../../http/kernel/route.ts';
import { readerOf, readReviews, type ReviewDeps, writeReviews } from './on-review.ts';
import {
  newReviewBody,
  reviewParams,
  reviewQuery,
  reviewsAnswer,
  reviewsQuery,
  reviewStatsAnswer,
  reviewStatsQuery,
  wholeReviewAnswer,
} from './review-schemas.ts';

/** What waits for people’s eyes: docs/contracts/reviews.md. */
export function createReviewRoutes({ database }: ReviewDeps): Route[] {
  const { reads } = database;
  const tags = ['Reviews'];
  return [
    defineRoute({
      method: 'GET',
      url: '/api/v1/review/queue',
      operationId: 'listReviews',
      summary: 'List items of the review queue that the caller sees',
      tags,
      authority: readReviews,
      query: reviewsQuery,
      responses: { 200: reviewsAnswer },
      handler: async (ctx) => {
        const { status: statuses, kind, assignee, mine, project_id: projectId, sort, limit, offset } = ctx.query;
        const filter = { statuses, kind, assigneeId: assignee, isMine: mine, projectId, sort };
        const page = await listReviews(reads, readerOf(ctx), filter, ctx.query);
        return ok(
          { items: page.rows, total: page.total, limit, offset },
          pageHeaders(ctx.request.url, ctx.query, page),
        );
      },
    }),
    defineRoute({
      method: 'POST',
      url: '/api/v1/review/queue',
      operationId: 'submitReview',
      summary: 'Submit something for review',
      description:
        'In a project by its editors. What is about a task that waits for a decision is decided with the task. One ' +
        'item about a subject is open at a time: 409 with `reason` `open_item`.',
      tags,
      authority: writeReviews,
      body: newReviewBody,
      responses: { 201: wholeReviewAnswer },
      errors: ['not_found', 'conflict', 'wrong_state', 'limit_reached'],
      handler: (ctx) =>
        ctx.write(async (tx) => {
          const { body } = ctx;
          const reader = readerOf(ctx);
          const id = await submitReview(
            tx,
            {
              ...reader,
              kind: body.kind,
              title: body.title,
              content: body.content,
              subject: body.subject,
              sessionId: body.session_id,
              projectId: body.project_id,
              assigneeId: body.assignee_id,
              priority: body.priority,
              dueAt: body.due_at,
              metadata: body.metadata as JsonObject,
              attachments: body.attachments,
            },
            ctx.actor,
          );
          return created(await getReviewIn(tx, reader, id));
        }),
    }),
    defineRoute({
      method: 'GET',
      url: '/api/v1/review/queue/stats',
      operationId: 'getReviewStats',
      summary: 'Count the items that the caller sees, and how long they wait',
      tags,
      authority: readReviews,
      query: reviewStatsQuery,
      responses: { 200: reviewStatsAnswer },
      handler: async (ctx) => ok(await readReviewStats(reads, readerOf(ctx), ctx.query.project_id)),
    }),
    defineRoute({
      method: 'GET',
      url: '/api/v1/review/queue/:reviewItemId',
      operationId: 'getReview',
      summary: 'Get an item of the review queue with its content and what became of it',
      tags,
      authority: readReviews,
      params: reviewParams,
      query: reviewQuery,
      responses: { 200: wholeReviewAnswer },
      handler: async (ctx) => ok(await getReview(reads, readerOf(ctx), ctx.params.reviewItemId)),
    }),
  ];
}
