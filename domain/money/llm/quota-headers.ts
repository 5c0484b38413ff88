/** What of a provider's rate limit is left, of the window that is nearest its end. */
export interface Quota {
  /** 0 to 1. */
  readonly remainingPct: number;
  /** The provider's name of the window: `requests`, `tokens`, `5h`. */
  readonly window: string;
}

type Headers = Readonly<Record<string, string | readonly string[] | undefined>>;

const REMAINING = /^(?:anthropic|x)-ratelimit-(?:([a-z0-9-]{1,80})-)?remaining(?:-([a-z0-9-]{1,80}))?$/;
/** Of subscriptions: the part that is used, 0 to 1. */
const UTILIZATION = /^anthropic-ratelimit-unified-([a-z0-9-]{1,80})-utilization$/;

function numberIn(headers: Headers, name: string): number | null {
  const value = headers[name];
  return typeof value === 'string' && /^\d{1,15}(\.\d{1,9})?$/.test(value) ? Number(value) : null;
}

/**
 * The tightest window that an answer's headers name: `anthropic-ratelimit-<window>-limit` and `-remaining`,
 * `anthropic-ratelimit-unified-<window>-utilization`, and `x-ratelimit-limit-<window>` and
 * `x-ratelimit-remaining-<window>` of OpenAI. Names are in lower case. Null when there is none.
 */
export function readQuota(headers: Headers): Quota | null {
  let tightest: Quota | null = null;
  for (const name of Object.keys(headers)) {
    const quota = quotaIn(headers, name);
    if (quota !== null && (tightest === null || quota.remainingPct < tightest.remainingPct)) tightest = quota;
  }
  return tightest;
}

function quotaIn(headers: Headers, name: string): Quota | null {
  const used = UTILIZATION.exec(name)?.[1];
  if (used !== undefined) {
    const utilization = numberIn(headers, name);
    return utilization === null ? null : { window: used, remainingPct: Math.max(0, 1 - utilization) };
  }
  const [, before, after] = REMAINING.exec(name) ?? [];
  const window = after ?? before;
  if (window === undefined) return null;
  const remaining = numberIn(headers, name);
  const limit = numberIn(headers, name.replace('remaining', 'limit'));
  if (remaining === null || limit === null || limit === 0) return null;
  return { window, remainingPct: Math.min(1, remaining / limit) };
}
