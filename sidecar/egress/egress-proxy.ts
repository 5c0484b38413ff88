import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { forwardedHeaders, PROBLEM_HEADER } from '../../domain/crews/egress/forwarded-headers.ts';
import { joinSockets } from '../../domain/crews/egress/join-sockets.ts';
import type { EgressClient } from './egress-client.ts';
import { problemBody } from '../http/problem.ts';

export interface EgressProxy {
  /** `CONNECT host:port`. Its socket is the proxy's from here on. */
  connect(request: IncomingMessage, socket: Socket, head: Buffer): Promise<void>;
  /** `GET http://…`. Rejects as the client does. */
  forward(request: IncomingMessage, response: ServerResponse, gone: AbortSignal): Promise<void>;
  /** Ends the tunnels that are open. */
  close(): void;
}

/** The host counts the time of a tunnel too, and is the first to end it. */
const TUNNEL_TIMES = { idleMs: 1_000_000, halfClosedMs: 90_000 };
const UNAVAILABLE = {
  status: 503,
  code: 'api_unavailable',
  title: 'The API is not available',
  detail: 'The API could not be reached, and nothing leaves this crew without it.',
};

/** The run that a client names as its proxy's user: `http://run:<token>@127.0.0.1:9119`, or in a header. */
function runTokenOf(request: IncomingMessage): string | undefined {
  const own = request.headers['x-run-token'];
  if (typeof own === 'string') return own.length <= 1_024 ? own : undefined;
  const encoded = /^Basic ([A-Za-z0-9+/=]{1,2048})$/i.exec(request.headers['proxy-authorization'] ?? '')?.[1];
  if (encoded === undefined) return undefined;
  const [, password] = /^[^:]*:([\x21-\x7e]{1,1024})$/.exec(Buffer.from(encoded, 'base64').toString('latin1')) ?? [];
  return password;
}

/** What agents reach of the world, as an HTTP proxy on loopback: all of it goes to the host, which judges it. */
export function createEgressProxy({ egress }: { egress: EgressClient }): EgressProxy {
  const tunnels = new Set<Socket>();

  return {
    async connect(request, socket, head) {
      tunnels.add(socket);
      const gone = new AbortController();
      socket.once('close', () => {
        tunnels.delete(socket);
        gone.abort();
      });
      socket.on('error', () => socket.destroy());
      try {
        const opened = await egress.connect({
          authority: request.url ?? '',
          runToken: runTokenOf(request),
          signal: gone.signal,
        });
        const { answer } = opened;
        const isOpen = answer.statusCode === 200;
        const passed = isOpen ? {} : forwardedHeaders(answer.headers, new Set());
        const lines = Object.entries(passed).map(([name, value]) => `${name}: ${String(value)}\r\n`);
        socket.write(
          `HTTP/1.1 ${answer.statusCode} ${isOpen ? 'Connection established' : answer.statusMessage}\r\n` +
            `${lines.join('')}${isOpen ? '' : 'connection: close\r\n'}\r\n`,
        );
        if (opened.head.length > 0) socket.write(opened.head);
        if (head.length > 0) opened.socket.write(head);
        opened.socket.allowHalfOpen = true;
        joinSockets(socket, opened.socket, TUNNEL_TIMES);
      } catch {
        const body = problemBody(UNAVAILABLE);
        socket.end(
          `HTTP/1.1 503 Service Unavailable\r\ncontent-type: application/problem+json\r\n` +
            `content-length: ${Buffer.byteLength(body)}\r\nconnection: close\r\n\r\n${body}`,
        );
      }
    },

    async forward(request, response, gone) {
      const answer = await egress.request({
        url: request.url ?? '',
        from: request,
        headers: forwardedHeaders(request.headers, new Set()),
        runToken: runTokenOf(request),
        signal: gone,
      });
      const problem = answer.headers[PROBLEM_HEADER];
      response.writeHead(answer.statusCode ?? 502, {
        ...forwardedHeaders(answer.headers, new Set()),
        // A body that was refused before its end would be taken for the next request.
        ...(problem === undefined ? {} : { connection: 'close' }),
      });
      answer.once('error', () => response.destroy());
      answer.pipe(response);
    },

    close() {
      for (const socket of tunnels) socket.destroy();
    },
  };
}
