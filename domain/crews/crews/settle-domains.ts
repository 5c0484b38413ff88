import type { CrewFields } from './crew.ts';

type Network = Pick<CrewFields, 'network_mode' | 'allowed_domains'>;

/**
 * Domains are kept only in restricted mode. Says which list to keep, and warns when it drops one, so that a caller
 * who opens the network is not surprised later.
 */
export function settleDomains(network: Network): { allowed_domains: readonly string[]; warnings: string[] } {
  if (network.network_mode === 'restricted' || network.allowed_domains.length === 0) {
    return { allowed_domains: network.allowed_domains, warnings: [] };
  }
  return { allowed_domains: [], warnings: ['allowed_domains are dropped: network_mode free allows every domain'] };
}
