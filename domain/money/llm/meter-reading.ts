import type { Usage } from '../ledger/rate-card.ts';

/** What an answer used, as far as it came. */
export interface MeterReading {
  /** What the provider said it used: null when it said nothing. */
  readonly said: Usage | null;
  /** Whether that is the count of the whole answer. */
  readonly isCounted: boolean;
  /** What was put out, where nobody counted it. */
  readonly likelyOutputTokens: number;
}

/**
 * What a call is recorded with. A count that the provider said is taken as it is; of an answer that it did not count to
 * the end, as much as was said and as came of it. `reading` is null when nothing came.
 */
export function usageOfReading(
  reading: MeterReading | null,
  call: { readonly likelyInputTokens: number; readonly putsOut: boolean },
): { readonly usage: Usage; readonly isEstimate: boolean } {
  const said = reading?.said ?? null;
  if (said !== null && reading?.isCounted === true) return { usage: said, isEstimate: false };
  const likelyOutput = call.putsOut ? (reading?.likelyOutputTokens ?? 0) : 0;
  return {
    usage: {
      inputTokens: call.likelyInputTokens,
      cachedInputTokens: 0,
      cacheCreationTokens: 0,
      ...said,
      outputTokens: Math.max(said?.outputTokens ?? 0, likelyOutput),
    },
    isEstimate: true,
  };
}
