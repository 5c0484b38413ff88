import { expect, test } from 'vitest';
import { callerAddress } from './caller-address.ts';
import { createAttemptLimiter, networkOf } from './attempt-limiter.ts';

test('an IPv4 address counts for itself, an IPv6 address for its /64', () => {
  expect(networkOf('192.0.2.7')).toBe('192.0.2.7');
  expect(networkOf(null)).toBe('local');
  for (const address of [
    '2001:db8:0:1::1',
    '2001:0DB8::1:ffff:0:0:2',
    '2001:db8:0:1:9:8:7:6',
    '2001:db8:0:1::1%eth0',
  ]) {
    expect(networkOf(address), address).toBe('2001:db8:0:1::/64');
  }
  expect(networkOf('::1')).toBe('0:0:0:0::/64');
  expect(networkOf('fe80::')).toBe('fe80:0:0:0::/64');
});

test('what is no address is never taken for one', () => {
  const from = (ip: string | undefined, remoteAddress: string | undefined) =>
    callerAddress({ ip, socket: { remoteAddress } } as Parameters<typeof callerAddress>[0]);
  expect(from('203.0.113.9', '10.0.0.1')).toBe('203.0.113.9');
  expect(from("'; drop table", '10.0.0.1')).toBe('10.0.0.1');
  expect(from('::ffff:10.0.0.1', undefined)).toBe('10.0.0.1');
  expect(from(undefined, undefined)).toBe(null);
});

test('the attempt beyond the limit is refused and says when to come back; so is the next, without counting', async () => {
  let count = 0;
  const counter = {
    add: async () => ({ count: ++count, endsInMs: 30_001 }),
    known: () => ({ count, endsInMs: 30_001 }),
  };
  const limiter = createAttemptLimiter({ counter, perMinute: 2 });
  limiter.refuseIfOver('bootstrap', '192.0.2.7');
  await limiter.count('bootstrap', '192.0.2.7');
  await limiter.count('bootstrap', '192.0.2.7');
  const refusal = { code: 'rate_limited', extensions: { retry_after_seconds: 31, limit_per_minute: 2 } };
  expect(() => limiter.refuseIfOver('bootstrap', '192.0.2.7')).toThrow(expect.objectContaining(refusal));
  expect(count).toBe(2);
  await expect(limiter.count('bootstrap', '192.0.2.7')).rejects.toMatchObject(refusal);
});
