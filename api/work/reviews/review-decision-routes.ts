import { z } from 'zod';
import { decideReview, quarantineReview, type ReviewCall } from '../../../commands/work/reviews/decide-review.ts';
import type { Tx } from '../../../db/kernel/transaction.ts';
import { getReviewIn } from '../../../db/work/reviews/reviews-store.ts';
import type { Actor } from '../../../domain/kernel/access/authority.ts';
import { CrewshipError } from '../../../domain/kernel/errors/crewship-error.ts';
import { REVIEW_ITEM_STATUSES, type ReviewDecision } from '../../../domain/work/reviews/review-item.ts';
import { defineRoute, ok, type Route } from '../../http/kernel/route.ts';
import { readerOf, type ReviewDeps, reviewCall, writeReviews } from './on-review.ts';
import {
  approveBody,
  decidedReview,
  reasonBody,
  reviewAnswer,
  reviewBatchBody,
  reviewParams,
  reviewQuery,
} from './review-schemas.ts';

const STATUS_AFTER = { approve: 'approved', reject: 'rejected', quarantine: 'quarantined' } as const;

function apply(
  tx: Tx,
  call: ReviewCall,
  { decision, note }: { readonly decision: ReviewDecision; readonly note: string | null },
  actor: Actor,
): Promise<void> {
  if (decision === 'quarantine') return quarantineReview(tx, call, note ?? '', actor);
  return decideReview(tx, call, { verdict: STATUS_AFTER[decision], note }, actor);
}

/** What became of one of several. */
function refusedItem(id: string, error: unknown): z.input<typeof decidedReview> {
  if (!(error instanceof CrewshipError)) throw error;
  const status = REVIEW_ITEM_STATUSES.find((known) => known === error.extensions.current_status) ?? null;
  return { id, ok: false, code: error.code, status };
}

/** What people make of items: docs/contracts/reviews.md, Decisions. */
export function createReviewDecisionRoutes({ database }: ReviewDeps): Route[] {
  const common = { tags: ['Reviews'], authority: writeReviews } as const;
  const one = {
    ...common,
    params: reviewParams,
    responses: { 200: reviewAnswer },
    errors: ['wrong_state', 'conflict'],
  } as const;
  const answered = async (tx: Tx, call: ReviewCall) => ok(await getReviewIn(tx, call, call.itemId));

  return [
    defineRoute({
      ...one,
      method: 'POST',
      url: '/api/v1/review/queue/:reviewItemId/approve',
      operationId: 'approveReview',
      summary: 'Approve an item that is open, also one in quarantine',
      description:
        'For its assignee, MANAGER and editors of its project; never for who submitted it. What is decided is a 409 ' +
        'with `current_status`.',
      body: approveBody,
      handler: (ctx) =>
        ctx.write(async (tx) => {
          const call = reviewCall(ctx);
          await apply(tx, call, { decision: 'approve', note: ctx.body?.note ?? null }, ctx.actor);
          return answered(tx, call);
        }),
    }),
    defineRoute({
      ...one,
      method: 'POST',
      url: '/api/v1/review/queue/:reviewItemId/reject',
      operationId: 'rejectReview',
      summary: 'Reject an item that is open',
      body: reasonBody,
      handler: (ctx) =>
        ctx.write(async (tx) => {
          const call = reviewCall(ctx);
          await apply(tx, call, { decision: 'reject', note: ctx.body.reason }, ctx.actor);
          return answered(tx, call);
        }),
    }),
    defineRoute({
      ...one,
      method: 'POST',
      url: '/api/v1/review/queue/:reviewItemId/quarantine',
      operationId: 'quarantineReview',
      summary: 'Keep what an item is about from agents and searches until it is approved',
      description: 'Its decision stays open.',
      body: reasonBody,
      handler: (ctx) =>
        ctx.write(async (tx) => {
          const call = reviewCall(ctx);
          await apply(tx, call, { decision: 'quarantine', note: ctx.body.reason }, ctx.actor);
          return answered(tx, call);
        }),
    }),
    defineRoute({
      ...common,
      method: 'POST',
      url: '/api/v1/review/queue/batch',
      operationId: 'decideReviews',
      summary: 'Decide several items, each by itself: a result for each',
      description: 'What is refused of one leaves the others as they are. Repeated, what is decided says so.',
      query: reviewQuery,
      body: reviewBatchBody,
      responses: { 200: z.object({ results: z.array(decidedReview) }) },
      handler: async (ctx) => {
        const reader = readerOf(ctx);
        const scope = { workspaceIds: [reader.workspaceId], requestId: ctx.requestId };
        const results: z.input<typeof decidedReview>[] = [];
        for (const { id, ...item } of ctx.body.items) {
          try {
            await database.transaction(scope, (tx) => apply(tx, { ...reader, itemId: id }, item, ctx.actor));
            results.push({ id, ok: true, code: null, status: STATUS_AFTER[item.decision] });
          } catch (error) {
            results.push(refusedItem(id, error));
          }
        }
        return ok({ results });
      },
    }),
  ];
}
