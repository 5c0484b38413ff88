import http, { type IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import type { IpcConfig } from '../../domain/crews/sidecar/ipc-config.ts';
import { ApiUnreachableError } from '../api/api-client.ts';

type Headers = Readonly<Record<string, string | readonly string[]>>;

/** What leaves the crew: over its socket, to the host, which decides where it may go. */
export interface EgressClient {
  /**
   * Sends a request and resolves with the answer's head; its body is the caller's to read. `url` is a path, or a whole
   * address as proxies are asked. Rejects with {@link ApiUnreachableError} or the signal's reason.
   */
  request(
    options: {
      method: string;
      url: string;
      headers: Headers;
      runToken: string | undefined;
      signal: AbortSignal;
      /** Called when the host may see the request from now on. */
      onReached?: () => void;
    },
    send: (request: http.ClientRequest) => void,
  ): Promise<IncomingMessage>;
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
    onReached: (() => void) | undefined,
  ): Promise<Answer> {
    let sent = false;
    const failed = Promise.withResolvers<never>();
    request.on('error', (error) => failed.reject(error));
    request.once('socket', (socket) =>
      socket.once('connect', () => {
        sent = true;
        onReached?.();
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
    request({ method, url, headers, runToken, signal, onReached }, send) {
      const request = http.request({
        ...common(signal),
        method,
        path: url,
        // The outer names come last: an agent's own never reach the host.
        headers: { host: 'api', ...headers, ...proof(runToken) },
      });
      const { promise, resolve } = Promise.withResolvers<IncomingMessage>();
      request.once('response', resolve);
      send(request);
      return reached(request, signal, promise, onReached);
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
      return reached(request, signal, promise, undefined);
    },
  };
}
