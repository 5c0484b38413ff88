import type { IncomingMessage, Server } from 'node:http';
import type { Duplex } from 'node:stream';
import { WebSocketServer } from 'ws';
import { CrewshipError } from '../../../domain/kernel/errors/crewship-error.ts';
import { ERROR_STATUS } from '../errors/error-status.ts';
import { PROBLEM_CONTENT_TYPE, toProblem } from '../errors/problem.ts';
import { toCrewshipError } from '../errors/to-crewship-error.ts';
import { requestIdOf } from '../kernel/request-id.ts';
import { createSharedPlaces } from '../../../platform/limits/shared-places.ts';
import { type AttemptLimiter, networkOf } from '../limits/attempt-limiter.ts';
import { createUpgradeAddress } from '../limits/upgrade-address.ts';
import type { LiveClient } from './live-clients.ts';
import { type OriginRules, originAllowed } from '../headers/origin-allowed.ts';
import { serveSocket, type SocketConnectionDeps } from './socket-connection.ts';

const MAX_INBOUND_BYTES = 65_536;
/** Sockets that have not proven who they are: a bound of their own, of which no address has all. */
const MAX_UNAUTHENTICATED = 256;

/** Requests that become sockets; all others that ask for an upgrade are answered as if they had not. */
export function isSocketRequest(request: Pick<IncomingMessage, 'url' | 'headers'>): boolean {
  return request.url?.split('?', 1)[0] === '/ws' && request.headers.upgrade?.toLowerCase() === 'websocket';
}

function refuse(socket: Duplex, request: IncomingMessage, error: CrewshipError): void {
  const { status, title } = ERROR_STATUS[error.code];
  const body = JSON.stringify(toProblem(error, { url: request.url ?? '', requestId: requestIdOf(request) }));
  socket.end(
    `HTTP/1.1 ${status} ${title}\r\ncontent-type: ${PROBLEM_CONTENT_TYPE}\r\n` +
      `content-length: ${Buffer.byteLength(body)}\r\nconnection: close\r\n\r\n${body}`,
  );
}

/** `GET /ws`: turns upgrade requests into sockets. */
export function openSocketGateway(
  server: Server,
  deps: Omit<SocketConnectionDeps, 'onAuthenticated' | 'countWrongToken' | 'from'> & {
    readonly origins: OriginRules;
    readonly attempts: Pick<AttemptLimiter, 'count'>;
    readonly trustedProxies: readonly string[];
  },
): void {
  const sockets = new WebSocketServer({
    noServer: true,
    maxPayload: MAX_INBOUND_BYTES,
    perMessageDeflate: false,
    clientTracking: false,
  });
  const addressOf = createUpgradeAddress(deps.trustedProxies);
  const unauthenticated = createSharedPlaces(MAX_UNAUTHENTICATED);

  function admit(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    if (!originAllowed(request.headers.origin, request.headers.host, deps.origins)) {
      throw new CrewshipError('forbidden', 'pages of this origin may not open a socket here');
    }
    let connection: LiveClient | undefined;
    const address = addressOf(request);
    const client: LiveClient = {
      tick: (nowMs, stoodMs) => connection?.tick(nowMs, stoodMs),
      shutDown: () => (connection === undefined ? socket.destroy() : connection.shutDown()),
    };
    const onAuthenticated = unauthenticated.take(networkOf(address));
    if (onAuthenticated === null) throw new CrewshipError('unavailable', 'too many new sockets; try again');
    // Whatever refuses it from here on closes it.
    socket.once('close', onAuthenticated);
    // Whose it is says its first message; until then, and from then on, it is its address's.
    socket.once('close', deps.realtime.clients.admit(client, `address ${networkOf(address)}`));
    const countWrongToken = () => deps.attempts.count('authentication', address);
    sockets.handleUpgrade(request, socket, head, (webSocket) => {
      const from = { address, userAgent: request.headers['user-agent'] ?? null };
      connection = serveSocket(webSocket, { ...deps, onAuthenticated, countWrongToken, from });
    });
  }

  server.on('upgrade', (request: IncomingMessage, socket: Duplex, head: Buffer) => {
    socket.on('error', () => {});
    try {
      admit(request, socket, head);
    } catch (error) {
      refuse(socket, request, toCrewshipError(error));
    }
  });
}
