import http, { type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { NetworkCallers } from '../caller/network-callers.ts';
import type { OriginGate } from './origin-gate.ts';

const HEADERS_TIMEOUT_MS = 10_000;
/** To receive a request; an answer may take as long as it takes. */
const REQUEST_TIMEOUT_MS = 30_000;
const KEEP_ALIVE_TIMEOUT_MS = 60_000;

export interface NetworkListener {
  readonly address: AddressInfo;
  /** Accepts nothing new and resolves when what is under way is answered; cuts it after `graceMs`. */
  close(graceMs: number): Promise<void>;
}

/**
 * The internal routes over TCP, where an operator asks for it: for callers that are on no crew's socket. What the gate
 * does not let in gets the answer of an unknown path. Rejects with the system's error.
 */
export async function openNetworkListener(options: {
  readonly host: string;
  readonly port: number;
  readonly maxConnections: number;
  readonly gate: OriginGate;
  readonly callers: Pick<NetworkCallers, 'claim'>;
  readonly handle: (request: IncomingMessage, response: ServerResponse) => void;
}): Promise<NetworkListener> {
  const server = http.createServer({
    headersTimeout: HEADERS_TIMEOUT_MS,
    requestTimeout: REQUEST_TIMEOUT_MS,
    keepAliveTimeout: KEEP_ALIVE_TIMEOUT_MS,
  });
  server.maxConnections = options.maxConnections;
  server.on('request', (request, response) => {
    const origin = options.gate(request);
    if (origin === null) request.url = '/';
    else options.callers.claim(request, origin);
    options.handle(request, response);
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen({ host: options.host, port: options.port }, () => {
      server.off('error', reject);
      resolve();
    });
  });
  return {
    address: server.address() as AddressInfo,
    close: (graceMs) =>
      new Promise((resolve) => {
        const timer = setTimeout(() => server.closeAllConnections(), graceMs);
        server.close(() => {
          clearTimeout(timer);
          resolve();
        });
        server.closeIdleConnections();
      }),
  };
}
