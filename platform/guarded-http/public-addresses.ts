import { lookup } from 'node:dns/promises';
import os from 'node:os';
import { type IpNetwork, isInNetwork, parseIp } from '../../domain/kernel/addresses/ip-address.ts';
import { addressKind, unmapped } from '../../domain/kernel/addresses/public-address.ts';
import { CrewshipError } from '../../domain/kernel/errors/crewship-error.ts';

export interface ResolvedAddress {
  readonly address: string;
  readonly family: number;
}

export type Resolve = (host: string) => Promise<readonly ResolvedAddress[]>;

export interface PublicAddresses {
  /**
   * The addresses of a host that may be dialled: those and no others, as its name may have others a moment later.
   * `refused` is why there is none. Throws `egress_failed` for a name that does not resolve.
   */
  of(host: string): Promise<{ readonly addresses: readonly ResolvedAddress[] } | { readonly refused: string }>;
}

/** The system's resolver works on the threads that files and ciphers need too. */
const LOOKUPS_AT_ONCE = 2;
const LOOKUPS_WAITING = 256;
const LOOKUP_TIMEOUT_MS = 10_000;
const ADDRESSES_PER_NAME = 16;

/** The host's own resolver: `/etc/hosts` and its name servers. One lookup of a name at a time serves all who ask. */
function createSystemResolve(): Resolve {
  const underWay = new Map<string, Promise<readonly ResolvedAddress[]>>();
  const waiting: (() => void)[] = [];
  let busy = 0;

  async function lookUp(host: string): Promise<readonly ResolvedAddress[]> {
    if (busy >= LOOKUPS_AT_ONCE) {
      if (waiting.length >= LOOKUPS_WAITING)
        throw new CrewshipError('unavailable', 'too many names are being looked up');
      await new Promise<void>((resolve) => waiting.push(resolve));
    } else busy += 1;
    try {
      return await lookup(host, { all: true, order: 'verbatim' });
    } finally {
      const next = waiting.shift();
      if (next === undefined) busy -= 1;
      else next();
    }
  }

  return (host) => {
    const asked = underWay.get(host);
    if (asked !== undefined) return asked;
    const asking = lookUp(host).finally(() => underWay.delete(host));
    underWay.set(host, asking);
    return asking;
  };
}

function timeOut(host: string): { promise: Promise<never>; clear: () => void } {
  const { promise, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(
    () => reject(new CrewshipError('egress_failed', `looking up ${host} took too long`)),
    LOOKUP_TIMEOUT_MS,
  );
  return { promise, clear: () => clearTimeout(timer) };
}

/** Addresses of this host's own interfaces: what listens there is not for crews, however public the address is. */
function isOwn(address: Uint8Array): boolean {
  return Object.values(os.networkInterfaces()).some((entries) =>
    entries?.some((entry) => Buffer.from(parseIp(entry.address) ?? []).equals(address)),
  );
}

/** `allowed`: networks that an operator lets crews reach though they are not public. */
export function createPublicAddresses(options: {
  readonly allowed: readonly IpNetwork[];
  readonly resolve?: Resolve | undefined;
}): PublicAddresses {
  const resolve = options.resolve ?? createSystemResolve();

  function refusalOf(text: string): string | null {
    const parsed = parseIp(text);
    if (parsed === null) return 'address not understood';
    const address = unmapped(parsed);
    if (options.allowed.some((network) => isInNetwork(address, network))) return null;
    const kind = addressKind(address);
    if (kind !== 'public') return `${kind} address`;
    return isOwn(address) ? 'address of this host' : null;
  }

  async function addressesOf(host: string): Promise<readonly ResolvedAddress[]> {
    if (parseIp(host) !== null) return [{ address: host, family: host.includes(':') ? 6 : 4 }];
    const limit = timeOut(host);
    try {
      return (await Promise.race([resolve(host), limit.promise])).slice(0, ADDRESSES_PER_NAME);
    } catch (error) {
      if (error instanceof CrewshipError) throw error;
      throw new CrewshipError('egress_failed', `${host} does not resolve`, { cause: error });
    } finally {
      limit.clear();
    }
  }

  return {
    async of(host) {
      const found = await addressesOf(host);
      const judged = found.map((entry) => ({ entry, refused: refusalOf(entry.address) }));
      const addresses = judged.filter(({ refused }) => refused === null).map(({ entry }) => entry);
      if (addresses.length > 0) return { addresses };
      if (judged.length === 0) throw new CrewshipError('egress_failed', `${host} does not resolve`);
      return { refused: judged[0]!.refused! };
    },
  };
}
