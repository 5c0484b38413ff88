import { CrewshipError } from '../../../domain/kernel/errors/crewship-error.ts';
import type { RateCounter } from '../../../platform/limits/rate-counter.ts';

/** Limits how many requests a caller may make. */
export interface RequestLimiter {
  /**
   * Counts one of the caller's; the headers that tell it what is left. Throws `rate_limited` when it is one too many.
   */
  admit(caller: string): Readonly<Record<string, string>>;
}

export const REQUEST_WINDOW_MS = 60_000;

/** No limit, and no headers: `CREWSHIP_REQUESTS_PER_MINUTE=0`. */
export const NO_REQUEST_LIMIT: RequestLimiter = { admit: () => ({}) };

/** At most so many requests a minute of one caller, over all processes (docs/contracts/http.md, Limits). */
export function createRequestLimiter(deps: {
  readonly counter: Pick<RateCounter, 'count'>;
  readonly perMinute: number;
}): RequestLimiter {
  const { counter, perMinute } = deps;
  return {
    admit(caller) {
      const { count, endsInMs } = counter.count(caller);
      const seconds = Math.max(1, Math.ceil(endsInMs / 1_000));
      if (count > perMinute) {
        throw new CrewshipError('rate_limited', `at most ${perMinute} requests a minute are taken from one caller`, {
          extensions: { retry_after_seconds: seconds, limit_per_minute: perMinute },
        });
      }
      return rateLimitHeaders(perMinute, perMinute - count, seconds);
    },
  };
}

/**
 * What is left of a limit by the minute: `RateLimit` and `RateLimit-Policy`, and the older headers of the same meaning.
 */
export function rateLimitHeaders(limit: number, remaining: number, resetSeconds: number): Record<string, string> {
  return {
    'ratelimit-policy': `"minute";q=${limit};w=60`,
    ratelimit: `"minute";r=${remaining};t=${resetSeconds}`,
    'x-ratelimit-limit': String(limit),
    'x-ratelimit-remaining': String(remaining),
    'x-ratelimit-reset': String(resetSeconds),
  };
}
