import http, { type IncomingMessage, type ServerResponse } from 'node:http';
import { Server as NetServer, type Socket } from 'node:net';
import type { IpcConfig } from '../domain/crews/sidecar/ipc-config.ts';
import { LLM_PATH } from '../domain/crews/sidecar/llm-paths.ts';
import { MCP_PATH } from '../domain/crews/sidecar/mcp-server.ts';
import { AGENT_CALLS } from './calls/agent-calls.ts';
import { CrewshipError } from '../domain/kernel/errors/crewship-error.ts';
import { AnswerTooLargeError, type ApiResponse, ApiUnreachableError, createApiClient } from './api/api-client.ts';
import { createEgressClient } from './egress/egress-client.ts';
import { createEgressProxy } from './egress/egress-proxy.ts';
import { createForwarding, type ForwardingTimes } from './api/forwarding.ts';
import { createLlmProxy } from './llm/llm-proxy.ts';
import type { McpEndpoint } from './mcp/mcp-endpoint.ts';
import { type Problem, RequestProblem, sendProblem } from './http/problem.ts';
import { BodyTooLargeError } from '../platform/http/read-body.ts';
import { refusePages } from './http/refuse-pages.ts';
import { STREAMED_CALLS } from './calls/streamed-calls.ts';
import { createStreaming } from './api/streaming.ts';

const REQUEST_TIMEOUT_MS = 30_000;
const HEADERS_TIMEOUT_MS = 10_000;
const MAX_CONNECTIONS = 512;
/** For the last records, after the last client has gone. */
const RECORDS_TIMEOUT_MS = 60_000;

export interface SidecarServer {
  /** Listens on loopback, sharing the port with another sidecar. Rejects with the system's error. */
  listen(): Promise<void>;
  /** Accepts nothing new, lets what is under way finish for at most `timeoutMs`, then cuts it. */
  drain(timeoutMs: number): Promise<void>;
}

function problemOf(error: unknown): Problem {
  if (error instanceof RequestProblem) return error.problem;
  if (error instanceof CrewshipError && error.code === 'invalid_request') {
    return { status: 400, code: error.code, title: 'Invalid request', detail: error.message };
  }
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
 * What agents of a crew reach on loopback: `GET /health`, {@link AGENT_CALLS} and the same as tools at `/mcp`, calls of
 * models below `/llm/`, and as a proxy what the host lets them reach. Any other path is not found.
 */
export function createSidecarServer(config: IpcConfig, times?: ForwardingTimes): SidecarServer {
  const api = createApiClient(config.api_socket_path);
  const forwarding = createForwarding({ config, api, times });
  const streaming = createStreaming(config);
  const egress = createEgressClient(config);
  const proxy = createEgressProxy({ egress });
  const llm = createLlmProxy({ egress, ...(times === undefined ? {} : { times }) });

  let mcp: Promise<McpEndpoint> | undefined;
  /** Loaded with its first request: it is most of the program, and many crews never ask. */
  function openMcp(): Promise<McpEndpoint> {
    mcp ??= import('./mcp/mcp-endpoint.ts').then(({ createMcpEndpoint }) =>
      createMcpEndpoint({ forwarding, problemOf }),
    );
    return mcp;
  }
  async function route(request: IncomingMessage, response: ServerResponse, gone: AbortSignal): Promise<void> {
    const url = request.url ?? '';
    const path = url.split('?', 1)[0] ?? '';
    // Only a client that takes this for a proxy sends more than a path.
    if (!url.startsWith('/')) return proxy.forward(request, response, gone);
    refusePages(request);
    if (path.startsWith(`${LLM_PATH}/`)) return llm.handle(request, response, gone);
    const query = url.slice(path.length + 1);
    if (path === '/health' && request.method === 'GET') {
      return sendJson(response, { status: 'ok', token_fp: config.token_fp, pid: process.pid });
    }
    if (path === MCP_PATH) return (await openMcp()).handle(request, response, gone);
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

  let draining = false;
  const open = new Set<ServerResponse>();

  async function handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const gone = new AbortController();
    open.add(response);
    response.once('close', () => {
      open.delete(response);
      gone.abort();
    });
    if (draining) response.setHeader('connection', 'close');
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
  server.on('connect', (request: IncomingMessage, socket, head: Buffer) => {
    void proxy.connect(request, socket as Socket, head);
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

    async drain(timeoutMs) {
      draining = true;
      // Whoever asks again on a kept connection would stay with this process: the next request is for the next one.
      for (const response of open) if (!response.headersSent) response.setHeader('connection', 'close');
      await new Promise<void>((resolve) => {
        const timer = setTimeout(() => {
          server.closeAllConnections();
          proxy.close();
        }, timeoutMs);
        // An HTTP server's own close() cuts idle connections, and with them requests that are on their way: these end
        // by themselves, after one more request or the time that their clients were told.
        NetServer.prototype.close.call(server, () => {
          clearTimeout(timer);
          resolve();
        });
      });
      await mcp?.then((endpoint) => endpoint.settle(RECORDS_TIMEOUT_MS));
    },
  };
}
