import { createHmac, timingSafeEqual } from 'node:crypto';
import { chmod, rename, rm } from 'node:fs/promises';
import http, { type IncomingHttpHeaders, type IncomingMessage, type ServerResponse } from 'node:http';
import path from 'node:path';
import { PORTS_SOCKET } from '../../domain/crews/crews/crew-layout.ts';
import { isExposable } from '../../domain/crews/ports/port-exposure.ts';
import {
  PORT_HEADER,
  PORTS_ERROR_HEADER,
  PORTS_KEY_CONTEXT,
  PORTS_KEY_HEADER,
} from '../../domain/crews/sidecar/crew-ports.ts';
import { endToEndHeaders } from '../../domain/kernel/http/end-to-end-headers.ts';
import { forwardRequest } from '../../platform/http/forward-request.ts';

const HEADERS_TIMEOUT_MS = 10_000;
const MAX_CONNECTIONS = 256;

export interface PortsServer {
  /** Takes the place of a sidecar that listens there. Rejects with the system's error. */
  listen(directory: string): Promise<void>;
  /** Accepts nothing new, lets what is under way finish for at most `timeoutMs`, then cuts it. */
  drain(timeoutMs: number): Promise<void>;
}

/** The ports of the container as the host asks for them: HTTP, streamed both ways, one request a connection. */
export function createPortsServer(config: { readonly crew_token: string; readonly listen_port: number }): PortsServer {
  const key = createHmac('sha256', config.crew_token).update(PORTS_KEY_CONTEXT).digest();

  function isHost(request: IncomingMessage): boolean {
    const given = String(request.headers[PORTS_KEY_HEADER] ?? '').slice(0, 512);
    return given
      .split(',')
      .some((text) => /^[0-9a-f]{64}$/.test(text) && timingSafeEqual(Buffer.from(text, 'hex'), key));
  }

  function handle(request: IncomingMessage, response: ServerResponse): void {
    if (!isHost(request)) return refuse(request, response, 401, 'unauthorised');
    const port = Number(request.headers[PORT_HEADER]);
    if (!isExposable(port) || port === config.listen_port) return refuse(request, response, 400, 'bad_port');
    let asked: http.ClientRequest;
    try {
      const to = { host: '127.0.0.1', port, path: request.url ?? '/', agent: false } as const;
      asked = forwardRequest(request, { ...to, headers: passedOn(request.headers) });
    } catch {
      return refuse(request, response, 400, 'bad_request');
    }
    asked.once('response', (answer) => {
      response.writeHead(answer.statusCode ?? 502, passedOn(answer.headers));
      response.flushHeaders();
      answer.once('error', () => response.destroy());
      answer.pipe(response);
    });
    asked.on('error', () => {
      if (response.headersSent) response.destroy();
      else refuse(request, response, 502, 'refused');
    });
    response.once('close', () => asked.destroy());
  }

  const server = http.createServer({ headersTimeout: HEADERS_TIMEOUT_MS, requestTimeout: 0 }, handle);
  server.maxConnections = MAX_CONNECTIONS;

  return {
    async listen(directory) {
      const aside = path.join(directory, `.${process.pid}.sock`);
      await rm(aside, { force: true });
      await new Promise<void>((resolve, reject) => {
        server.once('error', reject);
        server.listen(aside, () => {
          server.off('error', reject);
          resolve();
        });
      });
      // For the directory's group, which is the host's where the host is not root.
      await chmod(aside, 0o660);
      await rename(aside, path.join(directory, PORTS_SOCKET));
    },
    drain: (timeoutMs) =>
      new Promise((resolve) => {
        const timer = setTimeout(() => server.closeAllConnections(), timeoutMs);
        server.close(() => {
          clearTimeout(timer);
          resolve();
        });
        server.closeIdleConnections();
      }),
  };
}

const passedOn = (headers: IncomingHttpHeaders) => endToEndHeaders(headers, (name) => name.startsWith('x-crewship-'));

function refuse(request: IncomingMessage, response: ServerResponse, status: number, reason: string): void {
  request.resume();
  response.writeHead(status, { [PORTS_ERROR_HEADER]: reason, 'content-length': '0', connection: 'close' }).end();
}
