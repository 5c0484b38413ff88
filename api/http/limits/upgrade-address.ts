import type { IncomingMessage } from 'node:http';
import { BlockList, isIP } from 'node:net';

function familyOf(address: string): 'ipv4' | 'ipv6' {
  return isIP(address) === 4 ? 'ipv4' : 'ipv6';
}

function plain(address: string | undefined): string | null {
  const given = (address ?? '').trim().replace(/^::ffff:(?=\d+\.)/i, '');
  return isIP(given) === 0 ? null : given;
}

/**
 * Where requests come from that the HTTP framework never sees, by the rule that it follows for the others: the peer,
 * or, when that is one of the proxies (addresses and networks), whom the proxies name. Null: no address.
 */
export function createUpgradeAddress(
  proxies: readonly string[],
): (request: Pick<IncomingMessage, 'headers' | 'socket'>) => string | null {
  const trusted = new BlockList();
  for (const proxy of proxies) {
    const [address, bits] = proxy.split('/') as [string, string | undefined];
    if (bits === undefined) trusted.addAddress(address, familyOf(address));
    else trusted.addSubnet(address, Number(bits), familyOf(address));
  }
  return (request) => {
    const peer = plain(request.socket.remoteAddress);
    let last = peer;
    const named = String(request.headers['x-forwarded-for'] ?? '').split(',');
    while (last !== null && trusted.check(last, familyOf(last))) {
      const next = named.pop();
      if (next === undefined) return last;
      last = plain(next);
    }
    // A proxy that names no address has said nothing.
    return last ?? peer;
  };
}
