import http, { type IncomingMessage, type ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import type { IpcConfig } from '../domain/sidecar/ipc-config.ts';
import { type ApiResponse, ApiUnreachableError, createApiClient } from './api-client.ts';
import { createForwarding, type Forwarding, type ForwardingTimes } from './forwarding.ts';
import { EGRESS_DENIED, type Problem, problemBody, sendProblem } from './problem.ts';
import { BodyTooLargeError, readBody } from './read-body.ts';

const BODY_LIMIT_BYTES = 1_048_576;
const REQUEST_TIMEOUT_MS = 30_000;
const HEADERS_TIMEOUT_MS = 10_000;
const MAX_CONNECTIONS = 512;

export interface SidecarServer {
  /** Listens on loopback, sharing the port with another sidecar. Rejects with the system's error. */
  listen(): Promise<void>;
  /** Accepts nothing new, lets what is under way finish for at most `timeoutMs`, then cuts it. */
  drain(timeoutMs: number): Promise<void>;
}

class RequestProblem extends Error {
  readonly problem: Problem;
  constructor(problem: Problem) {
    super(problem.title);
    this.problem = problem;
  }
}

function badRequest(detail: string): RequestProblem {
  return new RequestProblem({ status: 400, code: 'bad_request', title: 'Bad request', detail });
}

async function readFields(request: IncomingMessage): Promise<Record<string, unknown>> {
  const text = (await readBody(request, BODY_LIMIT_BYTES)).toString('utf8');
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw badRequest('The body is not JSON.');
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw badRequest('The body must be a JSON object.');
  }
  return value as Record<string, unknown>;
}

function problemOf(error: unknown): Problem {
  if (error instanceof RequestProblem) return error.problem;
  if (error instanceof BodyTooLargeError) {
    return { status: 413, code: 'payload_too_large', title: 'Too large', detail: 'Bodies are limited to 1 MB.' };
  }
  if (error instanceof ApiUnreachableError) {
    const detail = error.sent
      ? 'The API went away before it answered; it may have taken the request.'
      : 'The API could not be reached; it has not taken the request.';
    return { status: 503, code: 'api_unavailable', title: 'The API is not available', detail };
  }
  return { status: 500, code: 'internal', title: 'Internal error', detail: 'The sidecar failed to carry the request.' };
}

function send(response: ServerResponse, answer: ApiResponse): void {
  if (answer.status === 204) {
    response.writeHead(204, { 'cache-control': 'no-store' }).end();
    return;
  }
  response.writeHead(answer.status, {
    'content-type': answer.contentType,
    'content-length': answer.body.length,
    'cache-control': 'no-store',
  });
  response.end(answer.body);
}

function sendJson(response: ServerResponse, value: unknown): void {
  send(response, { status: 200, contentType: 'application/json', body: Buffer.from(JSON.stringify(value)) });
}

type Call = (forwarding: Forwarding, request: IncomingMessage, path: string, gone: AbortSignal) => Promise<ApiResponse>;

const create: Call = async (forwarding, request, path, gone) =>
  forwarding.write(request, path, await readFields(request), gone);
/** A write that says all in its path: a body is read and dropped. */
const act: Call = async (forwarding, request, path, gone) => {
  await readBody(request, BODY_LIMIT_BYTES);
  return forwarding.write(request, path, null, gone);
};
const read: Call = (forwarding, request, path, gone) => forwarding.read(request, path, gone);
const wait: Call = (forwarding, request, path, gone) => forwarding.wait(request, path, gone);

/** What is carried to the API's internal routes of the same names. `ID` stands for one path segment. */
const CALLS: readonly { readonly method: string; readonly path: RegExp; readonly call: Call }[] = (
  [
    ['POST', '/escalations', create],
    ['GET', '/escalations/ID/wait', wait],
    ['GET', '/answers', read],
    ['POST', '/answers/ID/acknowledge', act],
    ['POST', '/missions', create],
    ['GET', '/missions/ID', read],
    ['POST', '/missions/ID/start', act],
  ] as const
).map(([method, path, call]) => ({
  method,
  path: new RegExp(`^${path.replace('ID', '[A-Za-z0-9_-]{2,64}')}$`),
  call,
}));

/**
 * What agents of a crew reach on loopback: `GET /health` and {@link CALLS}. Everything else, proxy requests included, is
 * refused with `egress_denied`.
 */
export function createSidecarServer(config: IpcConfig, times?: ForwardingTimes): SidecarServer {
  const forwarding = createForwarding({ config, api: createApiClient(config.api_socket_path), times });

  async function route(request: IncomingMessage, response: ServerResponse, gone: AbortSignal): Promise<void> {
    const path = (request.url ?? '').split('?', 1)[0] ?? '';
    if (path === '/health' && request.method === 'GET') {
      return sendJson(response, { status: 'ok', token_fp: config.token_fp, pid: process.pid });
    }
    const known = CALLS.filter((call) => call.path.test(path));
    const wanted = known.find((call) => call.method === request.method);
    if (wanted !== undefined) return send(response, await wanted.call(forwarding, request, path, gone));
    if (path === '/health' || known.length > 0) {
      throw new RequestProblem({
        status: 405,
        code: 'method_not_allowed',
        title: 'Method not allowed',
        detail: `${request.method} is not for this path.`,
      });
    }
    throw new RequestProblem(EGRESS_DENIED);
  }

  async function handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const gone = new AbortController();
    response.once('close', () => gone.abort());
    try {
      await route(request, response, gone.signal);
    } catch (error) {
      if (!gone.signal.aborted) {
        // A body that was not read to its end would be taken for the next request.
        if (!request.complete) response.setHeader('connection', 'close');
        sendProblem(response, problemOf(error));
      }
    }
  }

  const server = http.createServer({ requestTimeout: REQUEST_TIMEOUT_MS, headersTimeout: HEADERS_TIMEOUT_MS });
  server.maxConnections = MAX_CONNECTIONS;
  server.on('request', (request, response) => void handle(request, response));
  server.on('connect', (_request: IncomingMessage, socket: Duplex) => {
    const body = problemBody(EGRESS_DENIED);
    socket.on('error', () => socket.destroy());
    socket.end(
      `HTTP/1.1 403 Forbidden\r\ncontent-type: application/problem+json\r\n` +
        `content-length: ${Buffer.byteLength(body)}\r\nconnection: close\r\n\r\n${body}`,
    );
  });

  return {
    listen: () =>
      new Promise((resolve, reject) => {
        server.once('error', reject);
        server.listen({ host: '127.0.0.1', port: config.listen_port, reusePort: true }, () => {
          server.off('error', reject);
          resolve();
        });
      }),

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
