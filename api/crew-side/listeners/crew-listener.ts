import http, { type IncomingMessage, type ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { bindAside } from './bind-aside.ts';
import type { CrewConnections, CrewScope } from '../caller/crew-scope.ts';

const SOCKET_NAME = 'api.sock';
const HEADERS_TIMEOUT_MS = 10_000;
/** To receive a request; an answer may take as long as it takes. */
const REQUEST_TIMEOUT_MS = 30_000;
const KEEP_ALIVE_TIMEOUT_MS = 60_000;
/** A crew's sidecar holds one connection for each of its waiting agents. */
const MAX_CONNECTIONS = 1_024;

export interface CrewListener {
  readonly scope: CrewScope;
  /** Accepts nothing new and resolves when what is under way is answered; cuts it after `graceMs`. */
  close(graceMs: number): Promise<void>;
}

/** Listens on `<directory>/api.sock` for one crew. Rejects with the system's error. */
export async function openCrewListener(options: {
  readonly scope: CrewScope;
  readonly directory: string;
  readonly connections: Pick<CrewConnections, 'claim'>;
  readonly handle: (request: IncomingMessage, response: ServerResponse) => void;
  readonly connect: (request: IncomingMessage, socket: Socket, head: Buffer) => void;
}): Promise<CrewListener> {
  let isClosing = false;
  /** Sockets that are no longer the server's. */
  const tunnels = new Set<Socket>();
  const server = http.createServer({
    headersTimeout: HEADERS_TIMEOUT_MS,
    requestTimeout: REQUEST_TIMEOUT_MS,
    keepAliveTimeout: KEEP_ALIVE_TIMEOUT_MS,
  });
  server.maxConnections = MAX_CONNECTIONS;
  server.on('connection', (socket) => options.connections.claim(socket, options.scope));
  server.on('request', (request, response) => {
    response.once('close', () => {
      if (isClosing) setImmediate(() => server.closeIdleConnections());
    });
    options.handle(request, response);
  });
  server.on('connect', (request, stream, head) => {
    const socket = stream as Socket;
    tunnels.add(socket);
    socket.once('close', () => tunnels.delete(socket));
    options.connect(request, socket, head);
  });
  await bindAside(server, options.directory, SOCKET_NAME);

  return {
    scope: options.scope,
    close(graceMs) {
      isClosing = true;
      return new Promise((resolve) => {
        const timer = setTimeout(() => {
          server.closeAllConnections();
          for (const socket of tunnels) socket.destroy();
        }, graceMs);
        server.close(() => {
          clearTimeout(timer);
          resolve();
        });
        server.closeIdleConnections();
      });
    },
  };
}
