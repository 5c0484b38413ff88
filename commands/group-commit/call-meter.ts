import { setTimeout as pause } from 'node:timers/promises';
import { CrewshipError, type ErrorCode } from '../../domain/kernel/errors/crewship-error.ts';
import { type LlmCall, priceCall, tokensOf } from '../../domain/money/ledger/cost-record.ts';
import { mostMicrosOf, type RateCard, ratesOf, type Usage } from '../../domain/money/ledger/rate-card.ts';
import type { Database } from '../../db/kernel/database.ts';
import { sql } from '../../db/kernel/sql.ts';
import { findLostCalls, type LostCall } from '../../db/money/ledger/lost-calls.ts';
import { newId } from '../../platform/ids/ids.ts';
import type { Logger } from '../../platform/logging/logger.ts';
import type { LedgerWriter } from './ledger-writer.ts';
import { createMeterLease } from './meter-lease.ts';

/** A call of a crew's that is to be sent: whose it is, proven, and the most that it can use. */
export interface CallToSend {
  readonly workspaceId: string;
  readonly crewId: string;
  readonly agentId: string | null;
  readonly runId: string | null;
  readonly provider: string;
  readonly model: string;
  readonly most: Usage;
  readonly mayKeepAnHour: boolean;
  /** The plan that pays it; it costs no money then. */
  readonly subscriptionPlan: string | null;
  readonly requestId: string;
}

/** What a call came to. */
export type UsedByCall = Pick<
  LlmCall,
  'usage' | 'isUsageEstimate' | 'hadStatus429' | 'quotaRemainingPct' | 'quotaWindow'
>;

/** A call that may be sent now. One of the two is called once, and neither waits nor fails. */
export interface CallUnderWay {
  /** It was not sent, or cost nothing. */
  release(): void;
  settle(used: UsedByCall): void;
}

export interface CallMeter {
  /** Holds the most that a call can cost and marks it as sent. Throws `budget_exceeded`, `unavailable`. */
  begin(call: CallToSend): Promise<CallUnderWay>;
  /** Resolves when all calls are written down, or after a while: what is left is found by other processes. */
  close(): Promise<void>;
}

/** Longer than any call: while its process lives a hold does not run out, and of one that died it becomes spent. */
const HOLD_MS = 86_400_000;
const SWEEP_MS = 30_000;
const LOST_PER_SWEEP = 2_000;
const FIRST_RETRY_MS = 100;
const LONGEST_RETRY_MS = 5_000;
const CLOSE_MS = 10_000;
/** What would come again: among them that another process took this one for dead, and recorded the call. */
const REFUSALS: ReadonlySet<ErrorCode> = new Set(['idempotency_mismatch', 'forbidden', 'invalid_request']);

/**
 * Counts the calls of models that an API process carries. A call is in the database before it is sent and leaves it in
 * the commit that says what it used, so none is lost with its process: after the lease of one that died, any other
 * records its calls at the most that was held for them. Whichever record of a call comes first stands.
 */
export function createCallMeter(deps: {
  readonly db: Pick<Database, 'systemStatement' | 'systemReads'>;
  readonly ledger: Pick<LedgerWriter, 'reserve' | 'record' | 'releaseSent'>;
  readonly rateCard: () => RateCard;
  readonly log: Pick<Logger, 'warn' | 'error'>;
  readonly sweepMs?: number;
}): CallMeter {
  const { db, ledger, log, sweepMs = SWEEP_MS } = deps;
  const meterId = newId();
  const lease = createMeterLease({ db, meterId, log });
  const writing = new Set<Promise<void>>();
  const closing = new AbortController();

  /** Goes on until it is written or refused for good. A record is one however often it is sent. */
  async function untilTaken(callId: string, write: () => Promise<unknown>): Promise<void> {
    for (let retryMs = FIRST_RETRY_MS; ; retryMs = Math.min(retryMs * 2, LONGEST_RETRY_MS)) {
      try {
        await write();
        return;
      } catch (error) {
        const isRefused = error instanceof CrewshipError && REFUSALS.has(error.code);
        if (isRefused || closing.signal.aborted) {
          log.error({ err: error, call_id: callId }, 'what a call used is not in the ledger');
          return;
        }
        log.warn({ err: error, call_id: callId }, 'what a call used is not in the ledger yet');
        await pause(retryMs, undefined, { signal: closing.signal }).catch(() => {});
      }
    }
  }

  function inBackground(callId: string, write: () => Promise<unknown>, done: () => void): void {
    const written = untilTaken(callId, write).finally(() => {
      writing.delete(written);
      done();
    });
    writing.add(written);
  }

  const callOf = (
    { provider, model, subscriptionPlan }: Pick<CallToSend, 'provider' | 'model' | 'subscriptionPlan'>,
    used: UsedByCall,
  ): LlmCall => ({
    ...used,
    provider,
    model,
    billingMode: subscriptionPlan === null ? 'metered' : 'flat_rate',
    subscriptionPlan,
  });
  const scopeOf = ({ workspaceId, crewId, agentId, runId }: CallToSend | LostCall) => ({
    ...{ workspaceId, crewId, agentId, runId, missionId: null },
    isRunProven: runId !== null,
  });

  /** Nobody knows what it used: the most that was held for it is spent. */
  async function recordLost(lost: LostCall): Promise<void> {
    const call = callOf(lost, {
      usage: {
        inputTokens: lost.inputTokens,
        outputTokens: lost.outputTokens,
        cachedInputTokens: 0,
        cacheCreationTokens: 0,
      },
      isUsageEstimate: true,
      hadStatus429: false,
      quotaRemainingPct: null,
      quotaWindow: null,
    });
    const price = priceCall(deps.rateCard(), call);
    await ledger.record({
      ...scopeOf(lost),
      call,
      price: { ...price, costMicros: call.billingMode === 'metered' ? lost.amountMicros : 0 },
      callId: lost.callId,
      reservationId: lost.reservationId,
      requestId: newId(),
      wasSent: true,
    });
  }

  /** Processes that were late at the sweep before: after an outage of the database all are, until they have said so. */
  let late: ReadonlySet<string> = new Set();
  async function sweep(): Promise<void> {
    try {
      const lost = await findLostCalls(db, LOST_PER_SWEEP);
      const found = lost.filter((call) => late.has(call.meterId) && call.meterId !== meterId);
      late = new Set(lost.map((call) => call.meterId));
      for (const outcome of await Promise.allSettled(found.map(recordLost))) {
        if (outcome.status === 'rejected') log.warn({ err: outcome.reason as unknown }, 'a lost call is not recorded');
      }
    } catch (error) {
      log.warn({ err: error }, 'lost calls were not looked for');
    }
  }
  async function forgetMeters(): Promise<void> {
    try {
      await db.systemStatement(sql`
        DELETE FROM call_meters m WHERE alive_until < clock_timestamp() - interval '1 day'
          AND NOT EXISTS (SELECT 1 FROM calls_under_way c WHERE c.meter_id = m.id) RETURNING id`);
    } catch (error) {
      log.warn({ err: error }, 'processes that died are not forgotten yet');
    }
  }
  const timer = setInterval(() => void sweep(), sweepMs);
  timer.unref();
  void forgetMeters().then(sweep);

  return {
    async begin(call) {
      const callId = newId();
      const { workspaceId, crewId, provider, model, most, subscriptionPlan } = call;
      const leave = await lease.hold();
      const release = () => inBackground(callId, () => ledger.releaseSent({ workspaceId, crewId, callId }), leave);
      const { rates } = ratesOf(deps.rateCard(), provider, model);
      const reserved = await ledger
        .reserve({
          ...scopeOf(call),
          amountMicros: subscriptionPlan === null ? mostMicrosOf(rates, most, call.mayKeepAnHour) : 0,
          amountTokens: tokensOf(most),
          ttlMs: HOLD_MS,
          callId,
          sending: { callId, meterId, runId: call.runId, provider, model, most, subscriptionPlan },
        })
        .catch((error: unknown) => {
          // What was refused is not held. Of anything else it is not known.
          if (error instanceof CrewshipError && error.code === 'budget_exceeded') leave();
          else release();
          throw error;
        });
      return {
        release,
        settle(used) {
          const recorded = callOf(call, used);
          const record = {
            ...scopeOf(call),
            call: recorded,
            price: priceCall(deps.rateCard(), recorded),
            callId,
            reservationId: reserved.id,
            requestId: call.requestId,
            wasSent: true,
          };
          inBackground(callId, () => ledger.record(record), leave);
        },
      };
    },
    async close() {
      clearInterval(timer);
      const wait = setTimeout(() => closing.abort(), CLOSE_MS);
      await Promise.all(writing);
      clearTimeout(wait);
      await lease.end().catch((error: unknown) => log.warn({ err: error }, 'the end of a process is not noted'));
    },
  };
}
