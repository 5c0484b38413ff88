import os from 'node:os';
import { type IpNetwork, isInNetwork, parseIp } from '../../domain/kernel/addresses/ip-address.ts';
import { addressKind, unmapped } from '../../domain/kernel/addresses/public-address.ts';
import { CrewshipError } from '../../domain/kernel/errors/crewship-error.ts';
import { type Asker, createNameLookups, type Resolve, type ResolvedAddress } from './name-lookups.ts';

export type { Resolve, ResolvedAddress } from './name-lookups.ts';

export interface PublicAddresses {
  /**
   * The addresses of a host that may be dialled: those and no others, as its name may have others a moment later.
   * `refused` is why there is none. Throws `egress_failed` for a name that does not resolve, `unavailable` when too
   * many are looked up, and the signal's reason when the asker has gone.
   */
  of(
    host: string,
    asker?: Asker,
  ): Promise<{ readonly addresses: readonly ResolvedAddress[] } | { readonly refused: string }>;
}

const ADDRESSES_PER_NAME = 16;
/** Of what asks in nobody's name. */
const NOBODY: Asker = { share: '' };

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
  const lookUp = createNameLookups(options.resolve);

  function refusalOf(text: string): string | null {
    const parsed = parseIp(text);
    if (parsed === null) return 'address not understood';
    const address = unmapped(parsed);
    const kind = addressKind(address);
    // Whoever reaches it has the host's own rights: no operator means it by a network that it happens to lie in.
    if (kind === 'metadata') return 'metadata address';
    if (options.allowed.some((network) => isInNetwork(address, network))) return null;
    if (kind !== 'public') return `${kind} address`;
    return isOwn(address) ? 'address of this host' : null;
  }

  async function addressesOf(host: string, asker: Asker): Promise<readonly ResolvedAddress[]> {
    if (parseIp(host) !== null) return [{ address: host, family: host.includes(':') ? 6 : 4 }];
    try {
      return (await lookUp(host, asker)).slice(0, ADDRESSES_PER_NAME);
    } catch (error) {
      if (error instanceof CrewshipError) throw error;
      asker.signal?.throwIfAborted();
      throw new CrewshipError('egress_failed', `${host} does not resolve`, { cause: error });
    }
  }

  return {
    async of(host, asker = NOBODY) {
      const found = await addressesOf(host, asker);
      const judged = found.map((entry) => ({ entry, refused: refusalOf(entry.address) }));
      const addresses = judged.filter(({ refused }) => refused === null).map(({ entry }) => entry);
      if (addresses.length > 0) return { addresses };
      if (judged.length === 0) throw new CrewshipError('egress_failed', `${host} does not resolve`);
      return { refused: judged[0]!.refused! };
    },
  };
}
