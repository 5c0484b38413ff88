/** Micro-dollars for a million tokens of each kind. */
export interface Rates {
  readonly input: number;
  readonly output: number;
  readonly cachedInput: number;
  readonly cacheCreation: number;
}

/** Rates of a model, and those of calls that read more than so many tokens where these are others. */
export interface TieredRates extends Rates {
  readonly long?: { readonly aboveInputTokens: number; readonly rates: Rates };
}

/** Prices of models (docs/contracts/ledger.md, Rate card). Keys are in lower case. */
export interface RateCard {
  /** Where the prices were read, and when: YYYY-MM-DD. */
  readonly source: string;
  readonly date: string;
  /** By `provider/model`; the model `*` prices all of a provider's. */
  readonly models: ReadonlyMap<string, TieredRates>;
  /** By provider: what a model costs at most that the card does not name. */
  readonly ceilings: ReadonlyMap<string, TieredRates>;
}

export interface Usage {
  readonly inputTokens: number;
  readonly outputTokens: number;
  readonly cachedInputTokens: number;
  readonly cacheCreationTokens: number;
  /** Of these, what was written to be kept for an hour, which costs twice what reading it anew does. */
  readonly longCacheCreationTokens?: number;
}

const FREE: Rates = { input: 0, output: 0, cachedInput: 0, cacheCreation: 0 };

/**
 * The rates of a model: its own, those of all its provider's models, the provider's ceiling, nothing. `known` is false
 * where they are a guess: a ceiling, or a provider that the card does not name.
 */
export function ratesOf(card: RateCard, provider: string, model: string): { rates: TieredRates; known: boolean } {
  const by = provider.trim().toLowerCase();
  const exact = card.models.get(`${by}/${model.trim().toLowerCase()}`) ?? card.models.get(`${by}/*`);
  if (exact !== undefined) return { rates: exact, known: true };
  return { rates: card.ceilings.get(by) ?? FREE, known: false };
}

/** The rates of one call: all that it reads, from the cache and into it, says which tier it is in. */
export function ratesOfCall({ long, ...rates }: TieredRates, usage: Usage): Rates {
  const read = usage.inputTokens + usage.cachedInputTokens + usage.cacheCreationTokens;
  return long !== undefined && read > long.aboveInputTokens ? long.rates : rates;
}

/** Micro-dollars, to the nearest one. Cached tokens are counted beside the input, not as part of it. */
export function costMicrosOf(rates: Rates, usage: Usage): number {
  const long = usage.longCacheCreationTokens ?? 0;
  // A product may exceed the safe integers; the sum, divided again, does not.
  const total =
    BigInt(usage.inputTokens) * BigInt(rates.input) +
    BigInt(usage.outputTokens) * BigInt(rates.output) +
    BigInt(usage.cachedInputTokens) * BigInt(rates.cachedInput) +
    BigInt(usage.cacheCreationTokens - long) * BigInt(rates.cacheCreation) +
    BigInt(long) * BigInt(rates.input) * 2n;
  return Number((total + 500_000n) / 1_000_000n);
}

/**
 * The most that a call can cost which uses at most so much: what it reads may all be new in the cache, for an hour
 * where the request speaks of that.
 */
export function mostMicrosOf(rates: TieredRates, most: Usage, mayKeepAnHour: boolean): number {
  const { long, ...base } = rates;
  return Math.max(
    ...[base, ...(long === undefined ? [] : [ratesOfCall(rates, most)])].map((tier) => {
      const input = Math.max(tier.input * (mayKeepAnHour ? 2 : 1), tier.cachedInput, tier.cacheCreation);
      return costMicrosOf({ ...tier, input }, most);
    }),
  );
}
