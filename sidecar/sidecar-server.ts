import http, { type IncomingMessage, type ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import type { IpcConfig } from '../domain/sidecar/ipc-config.ts';
import { LLM_PATH } from '../domain/sidecar/llm-paths.ts';
import { AGENT_CALLS } from './agent-calls.ts';
import { AnswerTooLargeError, type ApiResponse, ApiUnreachableError, createApiClient } from './api-client.ts';
import { drainServer } from './drain-server.ts';
import { createForwarding, type ForwardingTimes } from './forwarding.ts';
import { EGRESS_DENIED, type Problem, problemBody, RequestProblem, sendProblem } from './problem.ts';
import { BodyTooLargeError } from './read-body.ts';
import { STREAMED_CALLS } from './streamed-calls.ts';
import { createStreaming } from './streaming.ts';

const REQUEST_TIMEOUT_MS = 30_000;
const HEADERS_TIMEOUT_MS = 10_000;
const MAX_CONNECTIONS = 512;

export interface SidecarServer {
  /** Listens on loopback, sharing the port with another sidecar. Rejects with the system's error. */
  listen(): Promise<void>;
  /** Accepts nothing new, lets what is under way finish for at most `timeoutMs`, then cuts it. */
  drain(timeoutMs: number): Promise<void>;
}

function problemOf(error: unknown): Problem {
  if (error instanceof RequestProblem) return error.problem;
  if (error instanceof BodyTooLargeError) {
    const detail = `Bodies are limited to ${error.limitBytes} bytes here.`;
    return { status: 413, code: 'payload_too_large', title: 'Too large', detail };
  }
  if (error instanceof AnswerTooLargeError) {
    const detail = 'The answer is too large to be carried: ask for less at once, with a smaller limit.';
    return { status: 502, code: 'answer_too_large', title: 'Answer too large', detail };
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

/**
 * What agents of a crew reach on loopback: `GET /health` and {@link AGENT_CALLS}. Proxy requests and calls of models are
 * refused with `egress_denied`; any other path is not found.
 */
export function createSidecarServer(config: IpcConfig, times?: ForwardingTimes): SidecarServer {
  const forwarding = createForwarding({ config, api: createApiClient(config.api_socket_path), times });
  const streaming = createStreaming(config);

  async function route(request: IncomingMessage, response: ServerResponse, gone: AbortSignal): Promise<void> {
    const url = request.url ?? '';
    const path = url.split('?', 1)[0] ?? '';
    // Only a client that takes this for a proxy sends more than a path. Calls of models leave the container too.
    if (!url.startsWith('/') || path.startsWith(`${LLM_PATH}/`)) throw new RequestProblem(EGRESS_DENIED);
    const query = url.slice(path.length + 1);
    if (path === '/health' && request.method === 'GET') {
      return sendJson(response, { status: 'ok', token_fp: config.token_fp, pid: process.pid });
    }
    const known = AGENT_CALLS.filter((call) => call.path.test(path));
    const wanted = known.find((call) => call.method === request.method);
    if (wanted !== undefined) return send(response, await wanted.carry(forwarding, request, { path, query }, gone));
    const streamed = STREAMED_CALLS.filter((call) => call.path.test(path));
    const stream = streamed.find((call) => call.method === request.method);
    if (stream !== undefined) return stream.carry(streaming, request, response, { path, query }, gone);
    if (path === '/health' || known.length + streamed.length > 0) {
      throw new RequestProblem({
        status: 405,
        code: 'method_not_allowed',
        title: 'Method not allowed',
        detail: `${request.method} is not for this path.`,
      });
    }
    throw new RequestProblem({
      status: 404,
      code: 'not_found',
      title: 'Not found',
      detail: 'The sidecar has no such path.',
    });
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

    drain: (timeoutMs) => drainServer(server, timeoutMs),
  };
}
