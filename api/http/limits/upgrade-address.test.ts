import type { IncomingMessage } from 'node:http';
import { expect, test } from 'vitest';
import { createUpgradeAddress } from './upgrade-address.ts';

const from = (remoteAddress: string | undefined, forwardedFor?: string) =>
  ({
    socket: { remoteAddress },
    headers: forwardedFor === undefined ? {} : { 'x-forwarded-for': forwardedFor },
  }) as Pick<IncomingMessage, 'headers' | 'socket'>;

test('without proxies the peer is the caller, whatever it says', () => {
  const addressOf = createUpgradeAddress([]);
  expect(addressOf(from('198.51.100.7', '203.0.113.9'))).toBe('198.51.100.7');
  expect(addressOf(from('::ffff:198.51.100.7'))).toBe('198.51.100.7');
  expect(addressOf(from(undefined, '203.0.113.9'))).toBe(null);
});

test('behind proxies the nearest address that is none of them is the caller', () => {
  const addressOf = createUpgradeAddress(['10.0.0.0/8', '192.0.2.1', '2001:db8::/32']);
  expect(addressOf(from('10.1.2.3', '203.0.113.9, 198.51.100.7'))).toBe('198.51.100.7');
  expect(addressOf(from('10.1.2.3', '203.0.113.9, 198.51.100.7, 192.0.2.1'))).toBe('198.51.100.7');
  expect(addressOf(from('2001:db8::5', '2a00::1'))).toBe('2a00::1');
  expect(addressOf(from('198.51.100.7', '203.0.113.9'))).toBe('198.51.100.7');
  expect(addressOf(from('10.1.2.3'))).toBe('10.1.2.3');
  expect(addressOf(from('10.1.2.3', 'nonsense'))).toBe('10.1.2.3');
  expect(addressOf(from('10.1.2.3', '10.9.9.9'))).toBe('10.9.9.9');
});
