import { type EgressTarget, parseAuthority } from '../../domain/crews/egress/egress-target.ts';
import { CrewshipError } from '../../domain/kernel/errors/crewship-error.ts';
import { createPublicAddresses, type Resolve } from '../guarded-http/public-addresses.ts';
import type { RegistryMirrors } from './oci-reference.ts';

/** Which registries a tenant may have this host's daemon ask. */
export interface RegistryPlaces {
  /** `not now`: its name cannot be looked up at the moment. */
  admits(host: string): Promise<'yes' | 'no' | 'not now'>;
}

const TLS_PORT = 443;
/** The daemon's own default: nobody chooses it. */
const DEFAULT_REGISTRY = 'docker.io';

/**
 * Those that the operator names (mirrors, and `listed` places as they are written), and whatever has a public address,
 * on the port of TLS: no reference leads to this machine, its network, or another port of anybody's. The daemon looks
 * the name up once more; one that then leads elsewhere has to speak TLS with a certificate for it, and whoever asked
 * hears the same refusal.
 */
export function createRegistryPlaces(options: {
  readonly mirrors: RegistryMirrors;
  readonly listed: readonly EgressTarget[];
  /** Registries that the operator has without TLS. */
  readonly plainHttp?: readonly string[];
  readonly resolve?: Resolve;
}): RegistryPlaces {
  const addresses = createPublicAddresses({ allowed: [], resolve: options.resolve });
  const named = new Set([DEFAULT_REGISTRY, ...Object.values(options.mirrors), ...(options.plainHttp ?? [])]);
  const listed = new Set(options.listed.map(({ host, port }) => `${host}:${port}`));
  return {
    async admits(host) {
      if (named.has(host)) return 'yes';
      const place = parseAuthority(host, TLS_PORT);
      if (place === null) return 'no';
      if (listed.has(`${place.host}:${place.port}`)) return 'yes';
      if (place.port !== TLS_PORT) return 'no';
      try {
        return 'refused' in (await addresses.of(place.host)) ? 'no' : 'yes';
      } catch (error) {
        if (!(error instanceof CrewshipError)) throw error;
        // A name that nobody has is refused as one that leads inside is.
        const reason = (error.cause as { code?: unknown } | undefined)?.code;
        return reason === 'ENOTFOUND' || reason === 'ENODATA' ? 'no' : 'not now';
      }
    },
  };
}
