import { isIP } from 'node:net';
import type { FastifyRequest } from 'fastify';

/**
 * Where a request comes from: the peer, or, when that is one of the configured proxies, whom the proxy names. What a
 * proxy names is text of the caller's unless the proxy writes it, so anything but an address is the peer's doing. Null:
 * no address, as on a socket in the file system.
 */
export function callerAddress(request: Pick<FastifyRequest, 'ip' | 'socket'>): string | null {
  // Undefined on sockets without an address, whatever its type says.
  const given = [request.ip, request.socket.remoteAddress].find((address) => isIP(address ?? '') !== 0);
  return given === undefined ? null : given.replace(/^::ffff:(?=\d+\.)/i, '');
}
