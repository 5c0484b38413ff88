import fc from 'fast-check';
import { expect, test } from 'vitest';
import { judgeTarget, parseAuthority } from './egress-target.ts';
import { isInNetwork, parseIp, parseNetwork } from '../../kernel/addresses/ip-address.ts';
import { addressKind } from '../../kernel/addresses/public-address.ts';

const kindOf = (text: string) => addressKind(parseIp(text)!);

test('only addresses that are everybody’s are public', () => {
  for (const text of [
    '8.8.8.8',
    '1.1.1.1',
    '172.32.0.1',
    '100.128.0.1',
    '2606:4700::1111',
    '2a00::1',
    '64:ff9b::808:808',
  ]) {
    expect(kindOf(text), text).toBe('public');
  }
  const others = [
    ...['0.0.0.0', '10.1.2.3', '100.64.0.1', '127.0.0.1', '127.255.255.255', '169.254.169.254', '172.16.0.1'],
    ...['172.31.255.255', '192.168.1.1', '198.18.0.1', '224.0.0.1', '239.255.255.255', '255.255.255.255', '192.0.0.8'],
    ...['::', '::1', '::ffff:127.0.0.1', '::ffff:7f00:1', '::ffff:10.0.0.1', '::ffff:169.254.169.254', '::127.0.0.1'],
    ...[
      'fc00::1',
      'fd00:ec2::254',
      'fe80::1',
      'febf::1',
      'fec0::1',
      'ff02::1',
      '64:ff9b::7f00:1',
      '64:ff9b::a9fe:a9fe',
    ],
    ...['64:ff9b:1::1', '2002:7f00:1::', '2002:c0a8:101::1', '2001::1', '2001:db8::1', '100::1', '4000::1'],
  ];
  for (const text of others) expect(kindOf(text), text).not.toBe('public');
});

test('addresses are read in their canonical forms only', () => {
  for (const text of [
    '127.1',
    '0177.0.0.1',
    '2130706433',
    '0x7f.0.0.1',
    '1.2.3.256',
    '1.2.3',
    '::1%eth0',
    ':::',
    '1::2::3',
  ]) {
    expect(parseIp(text), text).toBeNull();
  }
  for (const text of ['', ':', '1:2:3:4:5:6:7:8:9', '1:2:3:4:5:6:7', '::1.2.3.4.5', '1.2.3.4::', 'g::1', '12345::']) {
    expect(parseIp(text), text).toBeNull();
  }
  expect([...parseIp('::ffff:1.2.3.4')!]).toEqual([...parseIp('::ffff:102:304')!]);
  expect(parseIp('1:2:3:4:5:6:7::')).toHaveLength(16);
});

test('every IPv6 address is read back from each way to write it', () => {
  fc.assert(
    fc.property(fc.uint8Array({ minLength: 16, maxLength: 16 }), (bytes) => {
      const groups = Array.from({ length: 8 }, (_, index) =>
        ((bytes[index * 2]! << 8) | bytes[index * 2 + 1]!).toString(16),
      );
      const full = groups.join(':');
      const short = new URL(`http://[${full}]/`).hostname.slice(1, -1);
      expect([...parseIp(full)!]).toEqual([...bytes]);
      expect([...parseIp(short)!]).toEqual([...bytes]);
    }),
  );
});

test('a network holds what begins like it', () => {
  const holds = (network: string, address: string) => isInNetwork(parseIp(address)!, parseNetwork(network)!);
  expect(holds('10.0.0.0/8', '10.255.0.1')).toBe(true);
  expect(holds('10.0.0.0/8', '11.0.0.1')).toBe(false);
  expect(holds('192.168.4.0/22', '192.168.7.255')).toBe(true);
  expect(holds('192.168.4.0/22', '192.168.8.0')).toBe(false);
  expect(holds('127.0.0.1', '127.0.0.1')).toBe(true);
  expect(holds('127.0.0.1', '127.0.0.2')).toBe(false);
  expect(holds('0.0.0.0/0', '9.9.9.9')).toBe(true);
  expect(holds('0.0.0.0/0', '::1')).toBe(false);
  expect(holds('fd00::/9', 'fd7f::1')).toBe(true);
  for (const text of ['10.0.0.0/33', '10.0.0.0/', 'x', '::/129', '10.0.0.0/8/8', '10.0.0.0/-1']) {
    expect(parseNetwork(text), text).toBeNull();
  }
});

test('an authority is a plain host and a port', () => {
  expect(parseAuthority('Example.COM.:443', null)).toEqual({ host: 'example.com', port: 443 });
  expect(parseAuthority('[2606:4700::1]:443', null)).toEqual({ host: '2606:4700::1', port: 443 });
  expect(parseAuthority('example.com', 80)).toEqual({ host: 'example.com', port: 80 });
  expect(parseAuthority('_dmarc.example.com:80', null)).toEqual({ host: '_dmarc.example.com', port: 80 });
  const wrong = ['example.com', 'example.com:0', 'example.com:65536', ':443', 'a b:443', 'u@example.com:443'];
  for (const text of [
    ...wrong,
    'ex/ample:443',
    '[example.com]:443',
    '::1:443',
    'a..b:443',
    '-a.b:443',
    'münchen.de:443',
  ]) {
    expect(parseAuthority(text, null), text).toBeNull();
  }
});

test('a restricted crew goes to its domains and ports, a free one anywhere', () => {
  const ports = new Set([80, 443]);
  const restricted = { network_mode: 'restricted' as const, allowed_domains: ['api.example.com', '*.npmjs.org'] };
  const may = (host: string, port = 443) => judgeTarget(restricted, { host, port }, ports);
  expect(may('api.example.com')).toEqual({ allowed: true, rule: 'api.example.com' });
  expect(may('registry.npmjs.org')).toEqual({ allowed: true, rule: '*.npmjs.org' });
  expect(may('a.b.npmjs.org').allowed).toBe(true);
  for (const host of [
    'npmjs.org',
    'evilnpmjs.org',
    'npmjs.org.evil.com',
    'example.com',
    'x.api.example.com',
    '.npmjs.org',
  ]) {
    expect(may(host), host).toEqual({ allowed: false, rule: 'not in allowed_domains' });
  }
  expect(may('api.example.com', 22)).toEqual({ allowed: false, rule: 'port not allowed' });
  const free = { network_mode: 'free' as const, allowed_domains: [] };
  expect(judgeTarget(free, { host: 'anything.test', port: 8_443 }, ports).allowed).toBe(true);
  expect(judgeTarget({ ...restricted, allowed_domains: [] }, { host: 'a.b', port: 443 }, ports).allowed).toBe(false);
});
