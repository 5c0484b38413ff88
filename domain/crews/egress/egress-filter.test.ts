import fc from 'fast-check';
import { expect, test } from 'vitest';
import { isInNetwork, parseNetwork } from '../../kernel/addresses/ip-address.ts';
import { addressKind, GLOBAL_IPV6, networksBesidePublic } from '../../kernel/addresses/public-address.ts';
import { egressFilterRules, FILTER_COUNTERS, forgetCountsRules, readFilterCounts } from './egress-filter.ts';

const networks = networksBesidePublic().map(([network]) => network);

/** As the rules judge it: by networks alone. */
function isPublic(address: Uint8Array): boolean {
  if (networks.some((network) => isInNetwork(address, network))) return false;
  return address.length === 4 || GLOBAL_IPV6.some((network) => isInNetwork(address, network));
}

test('filters judge an address as the host’s gate does, also one that carries another', () => {
  const v4 = fc.uint8Array({ minLength: 4, maxLength: 4 });
  const v6 = fc.uint8Array({ minLength: 16, maxLength: 16 });
  // At random hardly any is near a border: the networks' own first and last addresses are.
  const near = fc.constantFrom(...networks).chain(({ bytes, prefixBits }) =>
    fc.uint8Array({ minLength: bytes.length, maxLength: bytes.length }).map((random) =>
      bytes.map((byte, index) => {
        const mask = (0xff00 >> Math.min(8, Math.max(0, prefixBits - index * 8))) & 0xff;
        return (byte & mask) | (random[index]! & ~mask & 0xff);
      }),
    ),
  );
  const carrying = fc.tuple(fc.constantFrom('64:ff9b::', '2002::'), v4).map(([carrier, address]) => {
    const bytes = parseNetwork(carrier)!.bytes.slice();
    bytes.set(address, carrier === '2002::' ? 2 : 12);
    return bytes;
  });
  fc.assert(
    fc.property(fc.oneof(v4, v6, near, carrying), (address) => {
      expect(isPublic(address)).toBe(addressKind(address) === 'public');
    }),
    { numRuns: 2_000 },
  );
});

test('what is counted is read by bridge, and only what is there is forgotten', () => {
  const elem = (val: string, packets: number) => ({ elem: { val, counter: { packets, bytes: packets * 100 } } });
  const counts = readFilterCounts(
    JSON.stringify({
      nftables: [
        { metainfo: {} },
        { set: { name: 'sent', elem: [elem('cc12340', 3), elem('cb12341', 1)] } },
        { set: { name: 'refused', elem: [elem('cc12340', 2)] } },
        { set: { name: 'opened' } },
        { set: { name: 'of-somebody-else', elem: [elem('cc12340', 9)] } },
      ],
    }),
  );
  const none = { packets: 0, bytes: 0 };
  expect(counts.get('cc12340')).toEqual({
    ...{ opened: none, received: none },
    ...{ sent: { packets: 3, bytes: 300 }, refused: { packets: 2, bytes: 200 } },
  });
  expect(forgetCountsRules('t', counts).split('\n').sort()).toEqual([
    'delete element inet t refused { "cc12340" }',
    'delete element inet t sent { "cb12341" }',
    'delete element inet t sent { "cc12340" }',
  ]);
});

test('nothing is allowed before metadata is refused but names asked of resolvers and, from builds, proxies', () => {
  const rules = egressFilterRules({
    table: 't',
    crewBridges: ['cc1234*'],
    buildBridges: ['cb1234*'],
    resolvers: [parseNetwork('169.254.169.254')!],
    proxies: [{ address: parseNetwork('fd00::1')!, port: 3_128 }],
    allowed: [parseNetwork('169.254.0.0/16')!],
  });
  const judged = rules.split('\n').filter((line) => line.startsWith('add rule inet t judge '));
  const at = (text: string) => judged.findIndex((line) => line.includes(text));
  expect(judged[at('169.254.169.254/32 meta')]).toMatch(/th dport 53 goto pass$/);
  expect(judged[at('fd00:0:0:0:0:0:0:1/128 tcp dport 3128')]).toContain('iifname "cb1234*"');
  expect(at('{ 169.254.0.0/16 } goto pass')).toBeGreaterThan(at('100.100.100.200/32'));
  expect(at('{ 169.254.0.0/16 } goto pass')).toBeLessThan(at('10.0.0.0/8'));
  for (const counter of FILTER_COUNTERS) expect(rules).toContain(`add set inet t ${counter} `);
});
