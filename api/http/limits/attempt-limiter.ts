import { CrewshipError } from '../../../domain/kernel/errors/crewship-error.ts';
import type { WindowCounter } from '../../../platform/limits/window-counter.ts';

/**
 * What is counted for each address on its own: taking an instance, credentials that turned out wrong, and what anybody
 * may ask for that costs a password's hash or a mail.
 */
export type AttemptKind = 'bootstrap' | 'authentication' | 'signup' | 'forgot';

export interface AttemptLimiter {
  /** Counts one more; throws `rate_limited` when it is one too many. */
  count(kind: AttemptKind, address: string | null): Promise<void>;
  /** Throws `rate_limited` when this process knows that the next one would be too many. Counts nothing, asks nobody. */
  refuseIfOver(kind: AttemptKind, address: string | null): void;
}

export const ATTEMPT_WINDOW_MS = 60_000;

/**
 * At most so many attempts of a kind a minute from one address, over all processes (docs/contracts/http.md, Attempts).
 */
export function createAttemptLimiter(deps: {
  readonly counter: Pick<WindowCounter, 'add' | 'known'>;
  readonly perMinute: number;
}): AttemptLimiter {
  const keyOf = (kind: AttemptKind, address: string | null): string => `${kind}:${networkOf(address)}`;

  function refuse(endsInMs: number): never {
    throw new CrewshipError('rate_limited', 'too many attempts from this address', {
      extensions: { retry_after_seconds: Math.max(1, Math.ceil(endsInMs / 1_000)), limit_per_minute: deps.perMinute },
    });
  }

  return {
    async count(kind, address) {
      const { count, endsInMs } = await deps.counter.add(keyOf(kind, address));
      if (count > deps.perMinute) refuse(endsInMs);
    },
    refuseIfOver(kind, address) {
      const { count, endsInMs } = deps.counter.known(keyOf(kind, address));
      if (count >= deps.perMinute) refuse(endsInMs);
    },
  };
}

/** Whose attempts are one count: an IPv4 address, or the /64 of an IPv6 address, of which one caller has all. */
export function networkOf(address: string | null): string {
  if (address === null) return 'local';
  if (!address.includes(':')) return address;
  const [head, tail] = address.split('%', 1)[0]!.split('::', 2) as [string, string | undefined];
  const before = head.split(':').filter((group) => group !== '');
  const after = (tail ?? '').split(':').filter((group) => group !== '');
  const zeros = tail === undefined ? 0 : Math.max(0, 8 - before.length - after.length);
  const groups = [...before, ...Array<string>(zeros).fill('0'), ...after].slice(0, 4);
  return `${groups.map((group) => Number.parseInt(group, 16).toString(16)).join(':')}::/64`;
}
