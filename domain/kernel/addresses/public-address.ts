import { type IpNetwork, isInNetwork, parseNetwork } from './ip-address.ts';

export type AddressKind = 'public' | 'loopback' | 'private' | 'link_local' | 'multicast' | 'metadata' | 'reserved';

function table(rows: readonly (readonly [string, AddressKind])[]): readonly (readonly [IpNetwork, AddressKind])[] {
  return rows.map(([text, kind]) => [parseNetwork(text)!, kind]);
}

/** IANA's special-purpose registries: what is not everybody's. The first match counts. */
const SPECIAL = table([
  // Clouds' services of their guests: keys of the machine for whoever asks. Some lie in the middle of what is public.
  ['168.63.129.16/32', 'metadata'],
  ['169.254.169.254/32', 'metadata'],
  ['169.254.170.2/32', 'metadata'],
  ['169.254.170.23/32', 'metadata'],
  ['169.254.0.23/32', 'metadata'],
  ['100.100.100.200/32', 'metadata'],
  ['192.0.0.192/32', 'metadata'],
  ['fd00:ec2::254/128', 'metadata'],
  ['fd00:ec2::23/128', 'metadata'],
  ['fd20:ce::254/128', 'metadata'],
  ['0.0.0.0/8', 'reserved'],
  ['10.0.0.0/8', 'private'],
  ['100.64.0.0/10', 'private'],
  ['127.0.0.0/8', 'loopback'],
  ['169.254.0.0/16', 'link_local'],
  ['172.16.0.0/12', 'private'],
  ['192.0.0.0/24', 'reserved'],
  ['192.0.2.0/24', 'reserved'],
  ['192.88.99.0/24', 'reserved'],
  ['192.168.0.0/16', 'private'],
  ['198.18.0.0/15', 'private'],
  ['198.51.100.0/24', 'reserved'],
  ['203.0.113.0/24', 'reserved'],
  ['224.0.0.0/4', 'multicast'],
  ['240.0.0.0/4', 'reserved'],
  ['::1/128', 'loopback'],
  ['2001::/23', 'reserved'],
  ['2001:db8::/32', 'reserved'],
  ['3fff::/20', 'reserved'],
  ['fc00::/7', 'private'],
  ['fec0::/10', 'private'],
  ['fe80::/10', 'link_local'],
  ['ff00::/8', 'multicast'],
]);

const GLOBAL_UNICAST = parseNetwork('2000::/3')!;
const MAPPED = parseNetwork('::ffff:0:0/96')!;
/** IPv6 addresses that lead to the IPv4 address inside them, and where in them it is. */
const CARRIERS = [
  { network: parseNetwork('64:ff9b::/96')!, from: 12 },
  { network: parseNetwork('2002::/16')!, from: 2 },
] as const;

/** The IPv4 address that an IPv4-mapped one is; any other as it is. */
export function unmapped(address: Uint8Array): Uint8Array {
  return address.length === 16 && isInNetwork(address, MAPPED) ? address.slice(12) : address;
}

/** What an address is to the world. One that carries an IPv4 address (mapped, NAT64, 6to4) is what that one is. */
export function addressKind(address: Uint8Array): AddressKind {
  const plain = unmapped(address);
  const carrier = CARRIERS.find(({ network }) => isInNetwork(plain, network));
  if (carrier !== undefined) return addressKind(plain.slice(carrier.from, carrier.from + 4));
  const special = SPECIAL.find(([network]) => isInNetwork(plain, network));
  if (special !== undefined) return special[1];
  return plain.length === 4 || isInNetwork(plain, GLOBAL_UNICAST) ? 'public' : 'reserved';
}

/**
 * The networks that are not everybody's, as filters of packets take them: those of IPv4 once more as IPv6 addresses
 * carry them. What is no part of `GLOBAL_IPV6` is not public either.
 */
export function networksBesidePublic(): readonly (readonly [IpNetwork, AddressKind])[] {
  const carried = SPECIAL.filter(([{ bytes }]) => bytes.length === 4).flatMap(([network, kind]) =>
    CARRIERS.map(({ network: carrier, from }): readonly [IpNetwork, AddressKind] => {
      const bytes = carrier.bytes.slice();
      bytes.set(network.bytes, from);
      return [{ bytes, prefixBits: from * 8 + network.prefixBits }, kind];
    }),
  );
  return [...SPECIAL, ...carried];
}

/** Where public IPv6 addresses are: the global ones, and those that NAT64 leads to IPv4. */
export const GLOBAL_IPV6 = [GLOBAL_UNICAST, CARRIERS[0].network] as const;
