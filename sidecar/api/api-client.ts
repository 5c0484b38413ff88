import http from 'node:http';
import { BodyTooLargeError, readBody } from '../../platform/http/read-body.ts';

export interface ApiRequest {
  method: 'GET' | 'POST' | 'PATCH' | 'DELETE';
  path: string;
  headers: Readonly<Record<string, string>>;
  body?: Buffer;
  /** Rejects the call when aborted: the caller has gone. */
  signal: AbortSignal;
  /** Longest time without an answer, from the start of the call. */
  timeoutMs: number;
}

export interface ApiResponse {
  status: number;
  contentType: string;
  body: Buffer;
}

/** The API did not answer. `sent` is false when it is certain that it has not seen the request. */
export class ApiUnreachableError extends Error {
  readonly sent: boolean;

  constructor(sent: boolean, options?: { cause?: unknown }) {
    super('the API did not answer', options);
    this.sent = sent;
  }
}

/** The API answered with more than is carried. Asking again gives the same. */
export class AnswerTooLargeError extends Error {}

export type ApiClient = (request: ApiRequest) => Promise<ApiResponse>;

const RESPONSE_LIMIT_BYTES = 4_194_304;

/**
 * Speaks HTTP to the crew's API socket. Every call connects anew by the socket's path, so an API that was restarted
 * under the same name is found. Rejects with {@link ApiUnreachableError}, {@link AnswerTooLargeError} or the
 * signal's reason.
 */
export function createApiClient(socketPath: string): ApiClient {
  return async ({ method, path, headers, body, signal, timeoutMs }) => {
    const limit = AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)]);
    let sent = false;
    try {
      const response = await new Promise<http.IncomingMessage>((resolve, reject) => {
        const request = http.request({ socketPath, method, path, headers, signal: limit, agent: false }, resolve);
        request.once('error', reject);
        request.once('socket', (socket) => {
          // Nothing is written before the connection stands.
          socket.once('connect', () => {
            sent = true;
          });
        });
        request.end(body);
      });
      return {
        status: response.statusCode ?? 502,
        contentType: response.headers['content-type'] ?? 'application/json',
        body: await readBody(response, RESPONSE_LIMIT_BYTES).finally(() => response.destroy()),
      };
    } catch (error) {
      signal.throwIfAborted();
      if (error instanceof BodyTooLargeError) throw new AnswerTooLargeError('answer too large', { cause: error });
      throw new ApiUnreachableError(sent, { cause: error });
    }
  };
}
