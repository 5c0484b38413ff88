import { readFile } from 'node:fs/promises';
import { Resolver } from 'node:dns/promises';
import { parseIp } from '../../domain/kernel/addresses/ip-address.ts';
import { CrewshipError } from '../../domain/kernel/errors/crewship-error.ts';
import { createSharedPlaces } from '../limits/shared-places.ts';

export interface ResolvedAddress {
  readonly address: string;
  readonly family: number;
}

/** Who asks: a workspace, or what stands for one. */
export interface Asker {
  readonly share: string;
  /** They have gone: nothing is looked up for them any more. */
  readonly signal?: AbortSignal | undefined;
}

export type Resolve = (host: string, signal: AbortSignal) => Promise<readonly ResolvedAddress[]>;

/**
 * Looks a name up for somebody. Rejects with `unavailable` when too many ask, `egress_failed` when it takes too long.
 */
export type LookUp = (host: string, asker: Asker) => Promise<readonly ResolvedAddress[]>;

const ASKERS = 512;
const LOOKUP_TIMEOUT_MS = 10_000;
const HOSTS_FILE = '/etc/hosts';

/**
 * The names of `/etc/hosts`, else those of the host's name servers. By sockets of its own for each name: the system's
 * resolver works on the few threads that files and ciphers need too, and can't be stopped.
 */
async function resolveByHost(host: string, signal: AbortSignal): Promise<readonly ResolvedAddress[]> {
  const written = hostsEntries(await readFile(HOSTS_FILE, 'utf8').catch(() => ''), host);
  if (written.length > 0) return written;
  const resolver = new Resolver({ timeout: 3_000, tries: 2 });
  const cancel = () => resolver.cancel();
  signal.addEventListener('abort', cancel, { once: true });
  try {
    signal.throwIfAborted();
    const found = await Promise.allSettled([resolver.resolve4(host), resolver.resolve6(host)]);
    const addresses = found.flatMap((result, at) =>
      result.status === 'rejected' ? [] : result.value.map((address) => ({ address, family: at === 0 ? 4 : 6 })),
    );
    const [first] = found;
    if (addresses.length === 0 && first.status === 'rejected') throw first.reason;
    return addresses;
  } finally {
    signal.removeEventListener('abort', cancel);
  }
}

/** What a hosts file says of a name. */
export function hostsEntries(text: string, host: string): readonly ResolvedAddress[] {
  const wanted = host.toLowerCase().replace(/\.$/, '');
  return text.split('\n').flatMap((line) => {
    const [address = '', ...names] = line.replace(/#.*/, '').trim().split(/\s+/);
    if (!names.some((name) => name.toLowerCase() === wanted) || parseIp(address) === null) return [];
    return [{ address, family: address.includes(':') ? 6 : 4 }];
  });
}

interface UnderWay {
  readonly found: Promise<readonly ResolvedAddress[]>;
  readonly stop: AbortController;
  askers: number;
}

/**
 * One look-up of a name at a time serves all who ask for it, and is stopped when the last of them has gone or waited
 * too long. Whoever asks for very many leaves room for the others.
 */
export function createNameLookups(resolve: Resolve = resolveByHost): LookUp {
  const underWay = new Map<string, UnderWay>();
  const places = createSharedPlaces(ASKERS);

  function join(host: string): UnderWay {
    const known = underWay.get(host);
    if (known !== undefined) return known;
    const stop = new AbortController();
    const begun: UnderWay = { found: resolve(host, stop.signal), stop, askers: 0 };
    underWay.set(host, begun);
    const forget = () => {
      if (underWay.get(host) === begun) underWay.delete(host);
    };
    begun.found.then(forget, forget);
    return begun;
  }

  return async (host, { share, signal }) => {
    const leave = places.take(share);
    if (leave === null) throw new CrewshipError('unavailable', 'too many names are being looked up');
    const asked = join(host);
    asked.askers += 1;
    const { promise: ended, reject } = Promise.withResolvers<never>();
    const tooLong = () => reject(new CrewshipError('egress_failed', `looking up ${host} took too long`));
    const timer = setTimeout(tooLong, LOOKUP_TIMEOUT_MS);
    const gone = () => reject(signal!.reason as Error);
    signal?.addEventListener('abort', gone, { once: true });
    try {
      signal?.throwIfAborted();
      return await Promise.race([asked.found, ended]);
    } finally {
      clearTimeout(timer);
      signal?.removeEventListener('abort', gone);
      leave();
      asked.askers -= 1;
      if (asked.askers === 0) {
        asked.stop.abort();
        if (underWay.get(host) === asked) underWay.delete(host);
      }
    }
  };
}
