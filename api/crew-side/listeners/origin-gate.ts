import type { Origin } from '../caller/network-callers.ts';
import type { IncomingMessage } from 'node:http';
import { BlockList, isIP } from 'node:net';

/** The origin of a request that may be heard at all; null for one that is answered as if nothing were here. */
export type OriginGate = (request: Pick<IncomingMessage, 'headers' | 'socket'>) => Origin | null;

const LOOPBACK = ['127.0.0.0/8', '::1/128'];
/** RFC 1918, link-local and unique local addresses. */
const PRIVATE = ['10.0.0.0/8', '172.16.0.0/12', '192.168.0.0/16', '169.254.0.0/16', 'fe80::/10', 'fc00::/7'];

/** Addresses and networks as a list to look things up in. */
function listOf(networks: readonly string[]): (address: string) => boolean {
  const list = new BlockList();
  for (const network of networks) {
    const [address = '', prefix] = network.split('/');
    const family = isIP(address) === 6 ? 'ipv6' : 'ipv4';
    list.addSubnet(address, Number(prefix ?? (family === 'ipv6' ? 128 : 32)), family);
  }
  return (address) => list.check(address, isIP(address) === 6 ? 'ipv6' : 'ipv4');
}

/** IPv4 addresses that arrive on an IPv6 socket are IPv4 addresses. */
function plain(address: string): string {
  return address.replace(/^::ffff:(?=\d+\.)/i, '');
}

/**
 * Who may speak to the internal routes over the network, before any token is looked at (docs/contracts/internal-ipc.md,
 * Proof of the caller): loopback, private and link-local addresses; with `allowAny` everybody. Behind a trusted proxy
 * it is the rightmost address of `X-Forwarded-For` that is no proxy, else `X-Real-IP`; a proxy that names no address is
 * refused.
 */
export function createOriginGate(options: {
  readonly allowAny: boolean;
  readonly trustedProxies: readonly string[];
}): OriginGate {
  const isLoopback = listOf(LOOPBACK);
  const isPrivate = listOf([...LOOPBACK, ...PRIVATE]);
  const isProxy = listOf(options.trustedProxies);

  /** Null: what the proxies say is unusable. */
  function clientOf(request: Pick<IncomingMessage, 'headers' | 'socket'>): string | null {
    const peer = plain(request.socket.remoteAddress ?? '');
    if (isIP(peer) === 0) return null;
    if (!isProxy(peer)) return peer;
    const forwarded = [request.headers['x-forwarded-for'] ?? []].flat().join(',');
    if (forwarded !== '') {
      for (const entry of forwarded.split(',').reverse()) {
        const address = plain(entry.trim());
        if (isIP(address) === 0) return null;
        if (!isProxy(address)) return address;
      }
    }
    const real = request.headers['x-real-ip'];
    if (real === undefined) return forwarded === '' ? null : peer;
    const address = typeof real === 'string' ? plain(real.trim()) : '';
    return isIP(address) === 0 ? null : address;
  }

  return (request) => {
    const client = clientOf(request);
    if (client === null || !(options.allowAny || isPrivate(client))) return null;
    return { isLoopback: isLoopback(client) };
  };
}
