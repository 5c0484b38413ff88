import type { IncomingMessage } from 'node:http';
import { expect, test } from 'vitest';
import { createOriginGate } from './origin-gate.ts';

type Request = Parameters<ReturnType<typeof createOriginGate>>[0];

function from(remoteAddress: string | undefined, headers: IncomingMessage['headers'] = {}): Request {
  return { headers, socket: { remoteAddress } as IncomingMessage['socket'] };
}

const closed = createOriginGate({ allowAny: false, trustedProxies: ['10.9.0.0/16', 'fd00:9::/32'] });
const open = createOriginGate({ allowAny: true, trustedProxies: [] });

test('loopback, private, link-local and unique local addresses are let in, others are not', () => {
  for (const [address, isLoopback] of [
    ['127.0.0.1', true],
    ['::1', true],
    ['::ffff:127.0.0.1', true],
    ['10.1.2.3', false],
    ['172.31.255.255', false],
    ['192.168.7.7', false],
    ['::ffff:192.168.7.7', false],
    ['169.254.1.1', false],
    ['fe80::1', false],
    ['fd12::1', false],
  ] as const) {
    expect(closed(from(address)), address).toEqual({ isLoopback });
  }
  for (const address of ['8.8.8.8', '172.32.0.1', '100.64.0.1', '::ffff:8.8.8.8', '2001:db8::1', '', undefined]) {
    expect(closed(from(address)), String(address)).toBeNull();
  }
});

test('with any origin allowed only the master still depends on where a request comes from', () => {
  expect(open(from('8.8.8.8'))).toEqual({ isLoopback: false });
  expect(open(from('127.0.0.1'))).toEqual({ isLoopback: true });
});

test('a header is believed of a proxy only, and read from its right end', () => {
  expect(closed(from('8.8.8.8', { 'x-forwarded-for': '127.0.0.1' }))).toBeNull();
  expect(closed(from('192.168.1.1', { 'x-forwarded-for': '127.0.0.1' }))).toEqual({ isLoopback: false });
  const proxied = (headers: IncomingMessage['headers']) => closed(from('10.9.0.1', headers));
  expect(proxied({ 'x-forwarded-for': '127.0.0.1, 8.8.8.8' })).toBeNull();
  expect(proxied({ 'x-forwarded-for': '8.8.8.8, 192.168.1.1' })).toEqual({ isLoopback: false });
  expect(proxied({ 'x-forwarded-for': '127.0.0.1, 10.9.4.4, fd00:9::1' })).toEqual({ isLoopback: true });
  expect(proxied({ 'x-real-ip': '127.0.0.1' })).toEqual({ isLoopback: true });
  expect(proxied({ 'x-real-ip': '8.8.8.8' })).toBeNull();
});

test('a proxy that names no address is refused', () => {
  for (const headers of [
    {},
    { 'x-forwarded-for': 'unknown' },
    { 'x-forwarded-for': '192.168.1.1, _hidden' },
    { 'x-forwarded-for': '192.168.1.1:4711' },
    { 'x-real-ip': 'localhost' },
    { 'x-real-ip': '' },
  ]) {
    expect(closed(from('10.9.0.1', headers)), JSON.stringify(headers)).toBeNull();
  }
});
