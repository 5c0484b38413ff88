import { z } from 'zod';
import type { Database } from '../../../db/kernel/database.ts';
import type { LedgerWriter } from '../../../commands/group-commit/ledger-writer.ts';
import { releaseReservation } from '../../../commands/money/ledger/reserve-budgets.ts';
import { priceCall, tokensOf } from '../../../domain/money/ledger/cost-record.ts';
import { usdText } from '../../../domain/money/ledger/money.ts';
import type { RateCard } from '../../../domain/money/ledger/rate-card.ts';
import { accepted, created, defineRoute, noContent, type Route } from '../../http/kernel/route.ts';
import { claimScope, reportKey } from '../../crew-side/caller/claim-scope.ts';
import {
  costRecordAnswer,
  costRecordBody,
  reservationAnswer,
  reservationBody,
  reservationParams,
} from './cost-sidecar-schemas.ts';

const RECORD_BODY_BYTES = 16_384;

function usageOf(body: z.output<typeof reservationBody> | z.output<typeof costRecordBody>) {
  return {
    provider: body.provider,
    model: body.model,
    billingMode: body.billing_mode,
    usage: {
      inputTokens: body.input_tokens,
      outputTokens: body.output_tokens,
      cachedInputTokens: body.cached_input_tokens,
      cacheCreationTokens: body.cache_creation_tokens,
    },
  };
}

/** What LLM calls cost and may cost: docs/contracts/ledger.md, Cost record. */
export function createInternalCostRoutes(deps: {
  readonly database: Pick<Database, 'transaction'>;
  readonly ledger: Pick<LedgerWriter, 'record' | 'reserve'>;
  readonly rateCard: () => RateCard;
}): Route[] {
  const tags = ['Internal'];
  const authority = { access: 'internal' } as const;
  const afterwards = { access: 'internal', ofEndedRuns: true } as const;

  return [
    defineRoute({
      method: 'POST',
      url: '/api/v1/internal/cost/record',
      operationId: 'recordCost',
      summary: 'Report what an LLM call used',
      description:
        'Answered when the row is durable. Id, time, price and confidence are made here. With the `call_id` of a ' +
        'report that was recorded before, the answer is that one’s; another call under it is a 422.',
      tags,
      authority: afterwards,
      body: costRecordBody,
      responses: { 202: costRecordAnswer },
      errors: ['idempotency_mismatch'],
      limits: { bodyBytes: RECORD_BODY_BYTES, tooLarge: 'invalid_request' },
      handler: async (ctx) => {
        const { body } = ctx;
        const call = {
          ...usageOf(body),
          subscriptionPlan: body.subscription_plan,
          quotaRemainingPct: body.quota_remaining_pct,
          quotaWindow: body.quota_window,
          hadStatus429: body.had_status_429,
          isUsageEstimate: body.usage_is_estimate,
        };
        const { id } = await deps.ledger.record({
          ...claimScope(ctx.principal, body),
          call,
          price: priceCall(deps.rateCard(), call, true),
          callId: reportKey(ctx.request, body.call_id),
          reservationId: body.reservation_id,
          requestId: ctx.requestId,
        });
        return accepted({ id });
      },
    }),
    defineRoute({
      method: 'POST',
      url: '/api/v1/internal/cost/reservations',
      operationId: 'reserveCost',
      summary: 'Set aside the most that an LLM call can cost',
      description:
        'Before the call, with the tokens it may use at most. A budget without room for it is a 402 that names it. ' +
        'Reporting the call with `reservation_id` settles it; it counts for nothing after `expires_at`.',
      tags,
      authority,
      body: reservationBody,
      responses: { 201: reservationAnswer },
      errors: ['budget_exceeded'],
      handler: async (ctx) => {
        const { body } = ctx;
        const call = usageOf(body);
        const { costMicros } = priceCall(deps.rateCard(), call);
        const reserved = await deps.ledger.reserve({
          ...claimScope(ctx.principal, body),
          amountMicros: costMicros,
          amountTokens: tokensOf(call.usage),
          ttlMs: body.ttl_seconds * 1_000,
          callId: reportKey(ctx.request, body.call_id),
        });
        return created({
          reservation_id: reserved.id,
          amount_usd: usdText(reserved.amountMicros),
          expires_at: reserved.expiresAt,
          warnings: [...reserved.warnings],
        });
      },
    }),
    defineRoute({
      method: 'DELETE',
      url: '/api/v1/internal/cost/reservations/:reservationId',
      operationId: 'releaseCost',
      summary: 'Give back what was set aside for a call that was not made',
      description: 'One that is not held any more (released, settled, expired and swept) is a 404.',
      tags,
      authority: afterwards,
      params: reservationParams,
      responses: { 204: z.null() },
      handler: (ctx) =>
        ctx.write(async (tx) => {
          const { principal, params } = ctx;
          await releaseReservation(tx, { crewId: principal.crewId, reservationId: params.reservationId });
          return noContent();
        }),
    }),
  ];
}
