import { type IpNetwork, networkText } from '../../kernel/addresses/ip-address.ts';
import { GLOBAL_IPV6, networksBesidePublic } from '../../kernel/addresses/public-address.ts';

/** An address and a TCP port. */
export interface FilterPlace {
  readonly address: IpNetwork;
  readonly port: number;
}

/** What a host lets pass from the bridges of its builds and of crews with an open network, besides what is public. */
export interface FilterPolicy {
  /** Names the host's table in the kernel. */
  readonly table: string;
  /** How names of interfaces begin, or whole ones. */
  readonly crewBridges: readonly string[];
  readonly buildBridges: readonly string[];
  /** Whom the daemon has containers ask for names. */
  readonly resolvers: readonly IpNetwork[];
  /** The operator's proxies, for builds. */
  readonly proxies: readonly FilterPlace[];
  /** Networks that an operator lets crews reach though they are not public. */
  readonly allowed: readonly IpNetwork[];
}

/** What is counted for each bridge. */
export const FILTER_COUNTERS = ['opened', 'sent', 'received', 'refused'] as const;
export type FilterCounter = (typeof FILTER_COUNTERS)[number];

function familyOf({ bytes }: IpNetwork): 'ip' | 'ip6' {
  return bytes.length === 4 ? 'ip' : 'ip6';
}

/** Rules that send what goes to any of the networks on, one for each family. */
function toNetworks(networks: readonly IpNetwork[], verdict: string): string[] {
  return (['ip', 'ip6'] as const).flatMap((family) => {
    const elements = networks.filter((network) => familyOf(network) === family).map(networkText);
    return elements.length === 0 ? [] : [`${family} daddr { ${elements.join(', ')} } ${verdict}`];
  });
}

/**
 * The filters as nftables' program `nft` takes them. They hold before any address is translated, so that a port that
 * the host publishes is judged by the address that was asked for. One transaction puts all in place of what is there,
 * and keeps what was counted: repeating it changes nothing.
 */
export function egressFilterRules(policy: FilterPolicy): string {
  const { table } = policy;
  const besidePublic = networksBesidePublic();
  const metadata = besidePublic.filter(([, kind]) => kind === 'metadata').map(([network]) => network);
  const others = besidePublic.filter(([, kind]) => kind !== 'metadata').map(([network]) => network);
  const bridges = [...policy.crewBridges, ...policy.buildBridges];
  const global = GLOBAL_IPV6.map(networkText).join(', ');
  const chains: Readonly<Record<string, readonly string[]>> = {
    from_bridges: bridges.map((name) => `iifname "${name}" jump judge`),
    to_bridges: bridges.map((name) => `oifname "${name}" update @received { oifname counter }`),
    judge: [
      // Without them nothing of IPv6 works; no router passes them on.
      'icmpv6 type { nd-neighbor-solicit, nd-neighbor-advert, nd-router-solicit } accept',
      // In some clouds names are asked of the metadata's address: of its port for names, and nothing else there.
      ...policy.resolvers.map(
        (network) =>
          `${familyOf(network)} daddr ${networkText(network)} meta l4proto { tcp, udp } th dport 53 goto pass`,
      ),
      ...policy.proxies.flatMap(({ address, port }) =>
        policy.buildBridges.map(
          (name) => `iifname "${name}" ${familyOf(address)} daddr ${networkText(address)} tcp dport ${port} goto pass`,
        ),
      ),
      ...toNetworks(metadata, 'goto refuse'),
      // One by one: an operator's networks may lie in each other.
      ...policy.allowed.flatMap((network) => toNetworks([network], 'goto pass')),
      ...toNetworks(others, 'goto refuse'),
      `ip6 daddr != { ${global} } goto refuse`,
      // The host's own addresses, however public.
      'fib daddr type { local, broadcast, anycast, multicast } goto refuse',
      'goto pass',
    ],
    pass: ['ct state new update @opened { iifname counter }', 'update @sent { iifname counter }'],
    refuse: ['update @refused { iifname counter } drop'],
  };
  const hooks: Readonly<Record<string, string>> = {
    from_bridges: ' { type filter hook prerouting priority -150; policy accept; }',
    to_bridges: ' { type filter hook postrouting priority 150; policy accept; }',
  };
  const names = Object.keys(chains);
  return [
    `add table inet ${table}`,
    ...FILTER_COUNTERS.map(
      (name) => `add set inet ${table} ${name} { type ifname; flags dynamic; size 65535; counter; }`,
    ),
    ...names.map((name) => `add chain inet ${table} ${name}${hooks[name] ?? ''}`),
    ...names.map((name) => `flush chain inet ${table} ${name}`),
    ...names.flatMap((name) => chains[name]!.map((rule) => `add rule inet ${table} ${name} ${rule}`)),
  ].join('\n');
}

/** What was counted on a bridge: packets and their bytes. */
export type FilterCounts = Readonly<Record<FilterCounter, { readonly packets: number; readonly bytes: number }>>;

/** The counters by bridge, from what `nft -j list table` says. */
export function readFilterCounts(json: string): ReadonlyMap<string, FilterCounts> {
  const { nftables } = JSON.parse(json) as {
    nftables: readonly { set?: { name: string; elem?: readonly { elem?: CountedElement }[] } }[];
  };
  const counts = new Map<string, FilterCounts>();
  for (const { set } of nftables) {
    const name = FILTER_COUNTERS.find((counter) => counter === set?.name);
    if (name === undefined) continue;
    for (const { elem } of set?.elem ?? []) {
      if (elem?.counter === undefined) continue;
      const { packets, bytes } = elem.counter;
      counts.set(elem.val, { ...(counts.get(elem.val) ?? NOTHING_COUNTED), [name]: { packets, bytes } });
    }
  }
  return counts;
}

interface CountedElement {
  readonly val: string;
  readonly counter?: { readonly packets: number; readonly bytes: number };
}

const NONE = { packets: 0, bytes: 0 };
const NOTHING_COUNTED: FilterCounts = { opened: NONE, sent: NONE, received: NONE, refused: NONE };

/** Forgets what was counted on a bridge; only what is there can be forgotten. */
export function forgetCountsRules(table: string, counts: ReadonlyMap<string, FilterCounts>): string {
  return [...counts]
    .flatMap(([bridge, counted]) =>
      FILTER_COUNTERS.filter((name) => counted[name] !== NONE).map(
        (name) => `delete element inet ${table} ${name} { "${bridge}" }`,
      ),
    )
    .join('\n');
}
