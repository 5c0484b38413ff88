import http, { type IncomingMessage, type ServerResponse } from 'node:http';
import net from 'node:net';
import { Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { IpcConfig } from '../../domain/crews/sidecar/ipc-config.ts';
import { ApiUnreachableError } from './api-client.ts';
import { apiHeaders, BASE_PATH } from './api-headers.ts';
import { BodyTooLargeError } from '../../platform/http/read-body.ts';

const PATIENCE_MS = 30_000;
const RETRY_MS = 250;
const IDLE_TIMEOUT_MS = 60_000;
/** What of the API's answer is for the agent. */
const PASSED_HEADERS = ['content-type', 'content-length', 'x-file-name', 'x-file-size', 'x-request-id'] as const;

/** Carries a request and its answer as they come, without holding either. */
export type Streaming = (
  request: IncomingMessage,
  response: ServerResponse,
  target: { readonly path: string; readonly limitBytes: number },
  gone: AbortSignal,
) => Promise<void>;

/**
 * Streams to `/api/v1/internal` with the crew's credential. Waits for an API that is not there before it reads any of
 * the body; what has been sent is not sent again. Rejects like the other calls until the answer has begun, then cuts
 * it.
 */
export function createStreaming(config: IpcConfig): Streaming {
  return async (request, response, { path, limitBytes }, gone) => {
    const socket = await connectPatiently(config.api_socket_path, gone);
    const contentType = request.headers['content-type'];
    const sent = http.request({
      createConnection: () => socket,
      method: request.method ?? 'GET',
      path: `${BASE_PATH}${path}`,
      headers: {
        ...apiHeaders(config, request),
        ...(contentType === undefined ? {} : { 'content-type': contentType }),
      },
      signal: gone,
    });
    sent.setTimeout(IDLE_TIMEOUT_MS, () => sent.destroy(new Error('the API said nothing for too long')));
    const { promise: answered, resolve, reject } = Promise.withResolvers<IncomingMessage>();
    sent.once('response', resolve).once('error', reject);
    const hasBody = request.method !== 'GET';
    // An API that refuses answers before it has read all: that answer counts, not the body that nobody wants.
    const carried = hasBody ? pipeline(request, atMost(limitBytes), sent) : undefined;
    if (!hasBody) sent.end();
    carried?.catch((error: unknown) => {
      if (error instanceof BodyTooLargeError) reject(error);
    });
    let answer: IncomingMessage;
    try {
      answer = await answered;
    } catch (error) {
      sent.destroy();
      gone.throwIfAborted();
      throw error instanceof BodyTooLargeError ? error : new ApiUnreachableError(true, { cause: error });
    }
    const headers = PASSED_HEADERS.flatMap((name) =>
      answer.headers[name] === undefined ? [] : [[name, answer.headers[name]]],
    );
    response.writeHead(answer.statusCode ?? 502, {
      ...(Object.fromEntries(headers) as Record<string, string>),
      'cache-control': 'no-store',
    });
    try {
      await pipeline(answer, response);
    } finally {
      sent.destroy();
      request.resume();
    }
  };
}

function atMost(limitBytes: number): Transform {
  let size = 0;
  return new Transform({
    transform(chunk: Buffer, _encoding, done) {
      size += chunk.length;
      if (size > limitBytes) done(new BodyTooLargeError(limitBytes));
      else done(null, chunk);
    },
  });
}

async function connectPatiently(socketPath: string, gone: AbortSignal): Promise<net.Socket> {
  const endsAt = performance.now() + PATIENCE_MS;
  for (;;) {
    gone.throwIfAborted();
    try {
      return await connect(socketPath);
    } catch (error) {
      if (performance.now() + RETRY_MS > endsAt) throw new ApiUnreachableError(false, { cause: error });
    }
    await new Promise((resolve) => setTimeout(resolve, RETRY_MS));
  }
}

function connect(socketPath: string): Promise<net.Socket> {
  return new Promise((resolve, reject) => {
    const socket = net.connect(socketPath);
    socket.once('error', reject).once('connect', () => {
      socket.off('error', reject);
      resolve(socket);
    });
  });
}
