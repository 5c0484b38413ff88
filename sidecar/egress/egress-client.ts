import http, { type IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import type { IpcConfig } from '../../domain/crews/sidecar/ipc-config.ts';
import { forwardHeld, forwardRequest } from '../../platform/http/forward-request.ts';
import { ApiUnreachableError } from '../api/api-client.ts';

type Headers = Readonly<Record<string, string | readonly string[]>>;

/** What leaves the crew: over its socket, to the host, which decides where it may go. */
export interface EgressClient {
  /**
   * Sends a request and resolves with the answer's head; its body is the caller's to read. `url` is a path, or a whole
   * address as proxies are asked. Rejects with {@link ApiUnreachableError} or the signal's reason, and with
   * `invalid_request`, before anything is sent, when what is passed on could be read in two ways.
   */
  request(options: {
    url: string;
    /** What is passed on, or what of it is held. */
    from: IncomingMessage | { readonly method: string; readonly body: Buffer };
    headers: Headers;
    runToken: string | undefined;
    signal: AbortSignal;
  }): Promise<IncomingMessage>;
  /** Asks for a tunnel. Resolves with the answer, and with the open socket, whose first bytes may be in `head`. */
  connect(options: {
    authority: string;
    runToken: string | undefined;
    signal: AbortSignal;
  }): Promise<{ answer: IncomingMessage; socket: Socket; head: Buffer }>;
}

export function createEgressClient(config: Pick<IpcConfig, 'api_socket_path' | 'crew_token'>): EgressClient {
  const proof = (runToken: string | undefined) => ({
    'x-internal-token': config.crew_token,
    ...(runToken === undefined ? {} : { 'x-run-token': runToken }),
  });

  async function reached<Answer>(
    request: http.ClientRequest,
    signal: AbortSignal,
    answered: Promise<Answer>,
  ): Promise<Answer> {
    let sent = false;
    const failed = Promise.withResolvers<never>();
    request.on('error', (error) => failed.reject(error));
    request.once('socket', (socket) =>
      socket.once('connect', () => {
        sent = true;
      }),
    );
    try {
      return await Promise.race([answered, failed.promise]);
    } catch (error) {
      signal.throwIfAborted();
      throw new ApiUnreachableError(sent, { cause: error });
    }
  }

  const common = (signal: AbortSignal) => ({ socketPath: config.api_socket_path, agent: false as const, signal });

  return {
    async request({ url, from, headers, runToken, signal }) {
      // The outer names come last: an agent's own never reach the host.
      const hop = { ...common(signal), path: url, headers: { host: 'api', ...headers, ...proof(runToken) } };
      const request = 'body' in from ? forwardHeld(from.method, from.body, hop) : forwardRequest(from, hop);
      const { promise, resolve } = Promise.withResolvers<IncomingMessage>();
      request.once('response', resolve);
      return reached(request, signal, promise);
    },
    connect({ authority, runToken, signal }) {
      const request = http.request({
        ...common(signal),
        method: 'CONNECT',
        path: authority,
        headers: { host: authority, ...proof(runToken) },
      });
      const { promise, resolve } = Promise.withResolvers<{ answer: IncomingMessage; socket: Socket; head: Buffer }>();
      request.once('connect', (answer, socket, head) => resolve({ answer, socket, head }));
      request.end();
      return reached(request, signal, promise);
    },
  };
}
