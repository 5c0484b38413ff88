import { costMicrosOf, type RateCard, type Rates, ratesOf, ratesOfCall, type Usage } from './rate-card.ts';

export const BILLING_MODES = ['metered', 'flat_rate'] as const;
export type BillingMode = (typeof BILLING_MODES)[number];
export type CostConfidence = 'precise' | 'estimate' | 'unknown';

/**
 * Most tokens of one kind in one call: a hundred times the largest context there is. Sums of any number of calls that a
 * workspace can make stay within the safe integers of micro-dollars.
 */
export const MAX_TOKENS = 100_000_000;

/** Stands for the crew of a call that belongs to none. */
export const NO_CREW = '';

/** What a sidecar read in an LLM's answer (docs/contracts/ledger.md, Cost record). */
export interface LlmCall {
  readonly provider: string;
  readonly model: string;
  readonly usage: Usage;
  readonly billingMode: BillingMode;
  readonly subscriptionPlan: string | null;
  readonly quotaRemainingPct: number | null;
  readonly quotaWindow: string | null;
  readonly hadStatus429: boolean;
  /** The tokens are a guess of whoever carried the call: its answer broke off before the provider had counted. */
  readonly isUsageEstimate?: boolean;
}

export interface Price {
  readonly costMicros: number;
  readonly confidence: CostConfidence;
  /** The rate card names the model; else its provider's dearest rates were used, or none. */
  readonly isRateKnown: boolean;
  readonly rates: Rates;
}

/**
 * What a call costs and how sure that is. A plan's calls cost nothing and say so as `unknown`; a call without a usage
 * block or with a guessed one is an `estimate`; so is, of what is counted here, one of a model that the card does not
 * name. A sidecar's report is as sure as its tokens are: `isReport`.
 */
export function priceCall(
  card: RateCard,
  call: Pick<LlmCall, 'provider' | 'model' | 'usage' | 'billingMode' | 'isUsageEstimate'>,
  isReport = false,
): Price {
  const { rates: tiers, known } = ratesOf(card, call.provider, call.model);
  const rates = ratesOfCall(tiers, call.usage);
  if (call.billingMode === 'flat_rate') return { costMicros: 0, confidence: 'unknown', isRateKnown: known, rates };
  const { inputTokens, outputTokens } = call.usage;
  const isSaid = (inputTokens > 0 || outputTokens > 0) && call.isUsageEstimate !== true;
  const confidence = isSaid && (known || isReport) ? 'precise' : 'estimate';
  return { costMicros: costMicrosOf(rates, call.usage), confidence, isRateKnown: known, rates };
}

/** Tokens of every kind: what budgets in tokens and runs count. */
export function tokensOf({ inputTokens, outputTokens, cachedInputTokens, cacheCreationTokens }: Usage): number {
  return inputTokens + outputTokens + cachedInputTokens + cacheCreationTokens;
}

/** Whether at least half as many tokens came from the cache as were read. */
export function isCacheHit({ inputTokens, cachedInputTokens }: Usage): boolean {
  return cachedInputTokens > 0 && cachedInputTokens * 2 >= inputTokens;
}

const LOW_QUOTA = 0.2;

export interface QuotaVerdict {
  readonly type: 'budget.warning' | 'budget.exceeded';
  readonly reason: 'quota_low' | 'quota_exhausted';
}

/**
 * What the provider's rate-limit headers mean (docs/contracts/ledger.md, Cost record). Without a window there were
 * none, and only a 429 says something; a window with nothing left is as exhausted as a 429.
 */
export function judgeQuota(
  call: Pick<LlmCall, 'quotaRemainingPct' | 'quotaWindow' | 'hadStatus429'>,
): QuotaVerdict | null {
  if (call.hadStatus429) return { type: 'budget.exceeded', reason: 'quota_exhausted' };
  if (call.quotaWindow === null || call.quotaRemainingPct === null) return null;
  if (call.quotaRemainingPct === 0) return { type: 'budget.exceeded', reason: 'quota_exhausted' };
  return call.quotaRemainingPct < LOW_QUOTA ? { type: 'budget.warning', reason: 'quota_low' } : null;
}
