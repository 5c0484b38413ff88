/** Micro-dollars for a million tokens of each kind. */
export interface Rates {
  readonly input: number;
  readonly output: number;
  readonly cachedInput: number;
  readonly cacheCreation: number;
}

/** Prices of models (docs/contracts/ledger.md, Rate card). Keys are in lower case. */
export interface RateCard {
  /** Where the prices were read, and when: YYYY-MM-DD. */
  readonly source: string;
  readonly date: string;
  /** By `provider/model`; the model `*` prices all of a provider's. */
  readonly models: ReadonlyMap<string, Rates>;
  /** By provider: what a model costs at most that the card does not name. */
  readonly ceilings: ReadonlyMap<string, Rates>;
}

export interface Usage {
  readonly inputTokens: number;
  readonly outputTokens: number;
  readonly cachedInputTokens: number;
  readonly cacheCreationTokens: number;
}

const FREE: Rates = { input: 0, output: 0, cachedInput: 0, cacheCreation: 0 };

/**
 * The rates of a model: its own, those of all its provider's models, the provider's ceiling, nothing. `known` is false
 * where they are a guess: a ceiling, or a provider that the card does not name.
 */
export function ratesOf(card: RateCard, provider: string, model: string): { rates: Rates; known: boolean } {
  const by = provider.trim().toLowerCase();
  const exact = card.models.get(`${by}/${model.trim().toLowerCase()}`) ?? card.models.get(`${by}/*`);
  if (exact !== undefined) return { rates: exact, known: true };
  return { rates: card.ceilings.get(by) ?? FREE, known: false };
}

/** Micro-dollars, to the nearest one. Cached tokens are counted beside the input, not as part of it. */
export function costMicrosOf(rates: Rates, usage: Usage): number {
  // A product may exceed the safe integers; the sum, divided again, does not.
  const total =
    BigInt(usage.inputTokens) * BigInt(rates.input) +
    BigInt(usage.outputTokens) * BigInt(rates.output) +
    BigInt(usage.cachedInputTokens) * BigInt(rates.cachedInput) +
    BigInt(usage.cacheCreationTokens) * BigInt(rates.cacheCreation);
  return Number((total + 500_000n) / 1_000_000n);
}
