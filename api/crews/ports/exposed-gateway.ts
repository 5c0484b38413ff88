import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { Transform } from 'node:stream';
import { noteFirstAccess } from '../../../commands/engine/ports/port-exposure-commands.ts';
import type { Database } from '../../../db/kernel/database.ts';
import type { Actor } from '../../../domain/kernel/access/authority.ts';
import { PORTS_DIRECTORY, PORTS_SOCKET } from '../../../domain/crews/crews/crew-layout.ts';
import { CrewshipError, crewUnreachable, notFound } from '../../../domain/kernel/errors/crewship-error.ts';
import { framingOf } from '../../../domain/kernel/http/body-framing.ts';
import { EXPOSED_PATH } from '../../../domain/crews/ports/port-exposure.ts';
import { PORT_HEADER, PORTS_ERROR_HEADER, PORTS_KEY_HEADER } from '../../../domain/crews/sidecar/crew-ports.ts';
import { createSharedPlaces } from '../../../platform/limits/shared-places.ts';
import { connectSocketBeneath } from '../../../platform/host-files/connect-socket.ts';
import { forwardRequest } from '../../../platform/http/forward-request.ts';
import type { InternalTokens } from '../../../platform/internal-tokens/internal-tokens.ts';
import type { Logger } from '../../../platform/logging/logger.ts';
import { answerHeaders, preflightHeaders, requestHeaders } from './exposed-headers.ts';
import {
  type ExposedPort,
  findActiveExposures,
  findExposedPort,
  hashExposureToken,
} from '../../../db/crews/ports/find-exposed-port.ts';

const TOKEN = /^[A-Za-z0-9_-]{43}$/;
const MAX_OPEN = 512;
const MAX_OPEN_PER_EXPOSURE = 64;
const MAX_BODY_BYTES = 100 * 1_048_576;
/** Until the program's answer begins. */
const ANSWER_TIMEOUT_MS = 60_000;
/** Without a byte in either direction; event streams send something from time to time. */
const IDLE_TIMEOUT_MS = 120_000;
const LONGEST_TIMER_MS = 2 ** 31 - 1;

/** The Docker host whose crews this process reaches. */
export interface PortsHost {
  readonly hostId: string;
  readonly socketsDir: string;
  readonly tokens: Pick<InternalTokens, 'portsKeys'>;
}

export interface ExposedRequest {
  readonly token: string;
  /** As the caller wrote it, with its query, from the first `/` after the token; null: there was none. */
  readonly rest: string | null;
  readonly actor: Actor;
}

export interface ExposedGateway {
  /** Serves one request. Rejects, before anything is answered, with what it is refused with. */
  serve(request: IncomingMessage, response: ServerResponse, exposed: ExposedRequest): Promise<void>;
  /** Cuts what goes through an exposure that is closed. */
  cut(exposureId: string): void;
  /** Cuts what goes through exposures that were closed while nobody told this process. */
  recheck(): Promise<void>;
  /** Cuts everything. */
  close(): void;
}

/** `/exposed/<token>/…`: what a crew's agents have opened of their container, for whoever has the token. */
export function createExposedGateway(deps: {
  readonly database: Pick<Database, 'systemReads' | 'transaction'>;
  readonly host: PortsHost;
  readonly log: Pick<Logger, 'warn'>;
}): ExposedGateway {
  const { database, host, log } = deps;
  const open = new Map<string, Set<() => void>>();
  const places = createSharedPlaces(MAX_OPEN);

  async function find(token: string): Promise<ExposedPort> {
    const found = TOKEN.test(token) ? await findExposedPort(database.systemReads, hashExposureToken(token)) : null;
    if (found === null || found.status === 'revoked') throw notFound('exposed port');
    if (found.status === 'expired') throw new CrewshipError('gone', 'the port is no longer exposed');
    return found;
  }

  async function connect(exposed: ExposedPort): Promise<Socket> {
    if (!exposed.is_running) throw crewUnreachable('container_gone', 'the container that was exposed is gone');
    if (exposed.host_id !== host.hostId) {
      throw crewUnreachable('other_host', 'the crew is on another host, which this listener does not reach');
    }
    try {
      return await connectSocketBeneath(host.socketsDir, `${exposed.crew_id}/${PORTS_DIRECTORY}`, PORTS_SOCKET);
    } catch (error) {
      throw crewUnreachable('no_sidecar', 'the crew’s sidecar does not answer', error);
    }
  }

  /** Holds a place for a request, and cuts it when the exposure ends. */
  function enter(exposed: ExposedPort, cut: () => void): () => void {
    const beside = open.get(exposed.id) ?? new Set();
    const leave = beside.size >= MAX_OPEN_PER_EXPOSURE ? null : places.take(exposed.workspace_id);
    if (leave === null) {
      throw new CrewshipError('unavailable', 'too many requests are under way to exposed ports');
    }
    open.set(exposed.id, beside.add(cut));
    const timer = setTimeout(cut, Math.min(exposed.remaining_ms, LONGEST_TIMER_MS));
    return () => {
      if (!beside.delete(cut)) return;
      leave();
      clearTimeout(timer);
      if (beside.size === 0) open.delete(exposed.id);
    };
  }

  async function note(exposed: ExposedPort, actor: Actor): Promise<void> {
    if (exposed.was_accessed) return;
    try {
      await noteFirstAccess(database, exposed, actor);
    } catch (error) {
      log.warn({ err: error }, 'the first access of an exposed port was not recorded');
    }
  }

  async function serve(
    request: IncomingMessage,
    response: ServerResponse,
    { token, rest, actor }: ExposedRequest,
  ): Promise<void> {
    const exposed = await find(token);
    if (request.headers.upgrade !== undefined) {
      throw new CrewshipError('upgrade_refused', 'exposed ports speak HTTP only, no WebSocket');
    }
    if (request.headers['service-worker'] !== undefined) {
      throw new CrewshipError('forbidden', 'exposed ports serve no service workers');
    }
    const prefix = `${EXPOSED_PATH}/${token}`;
    if (rest === null) {
      response.writeHead(308, { location: `${prefix}/`, 'content-length': '0' }).end();
      return;
    }
    if (request.method === 'OPTIONS' && request.headers['access-control-request-method'] !== undefined) {
      response.writeHead(204, preflightHeaders(request.headers)).end();
      return;
    }
    const framing = framingOf(request);
    if (framing.kind === 'length' && framing.bytes > MAX_BODY_BYTES) throw tooLarge();
    const cut = () => {
      request.destroy();
      response.destroy();
    };
    const leave = enter(exposed, cut);
    response.once('close', leave);
    try {
      const socket = await connect(exposed);
      await note(exposed, actor);
      // Gone meanwhile: nobody would cut what is begun now.
      if (response.destroyed) return void socket.destroy();
      const answer = await ask(request, response, socket, {
        port: exposed.port,
        path: rest,
        headers: {
          ...requestHeaders(request.headers, exposed.port, prefix),
          [PORT_HEADER]: String(exposed.port),
          [PORTS_KEY_HEADER]: host.tokens
            .portsKeys({
              workspaceId: exposed.workspace_id,
              crewId: exposed.crew_id,
              generation: exposed.generation,
            })
            .join(','),
        },
      });
      const error = answer.headers[PORTS_ERROR_HEADER];
      if (error !== undefined) {
        answer.destroy();
        throw crewUnreachable(String(error), `nothing in the crew’s container answers on port ${exposed.port}`);
      }
      response.writeHead(answer.statusCode ?? 502, answerHeaders(answer.headers, exposed.port, prefix));
      // An event stream's headers are not to wait for its first event.
      response.flushHeaders();
      answer.once('error', () => response.destroy());
      answer.once('close', () => {
        if (!answer.complete) response.destroy();
      });
      answer.pipe(response);
    } catch (error) {
      leave();
      throw error;
    }
  }

  return {
    serve,
    cut: (exposureId) => {
      for (const cut of open.get(exposureId) ?? []) cut();
    },
    async recheck() {
      const ids = [...open.keys()];
      if (ids.length === 0) return;
      try {
        const active = await findActiveExposures(database.systemReads, ids);
        for (const id of ids) if (!active.has(id)) for (const cut of open.get(id) ?? []) cut();
      } catch (error) {
        log.warn({ err: error }, 'open connections to exposed ports could not be checked');
      }
    },
    close() {
      for (const cuts of [...open.values()]) for (const cut of [...cuts]) cut();
    },
  };
}

function tooLarge(): CrewshipError {
  return new CrewshipError('payload_too_large', 'bodies to exposed ports are limited to 100 MB');
}

/** Sends the request through the sidecar and resolves when the answer begins. Bodies go as they come. */
function ask(
  request: IncomingMessage,
  response: ServerResponse,
  socket: Socket,
  to: { readonly port: number; readonly path: string; readonly headers: Record<string, string | string[]> },
): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    let size = 0;
    const bounded = new Transform({
      transform(chunk: Buffer, _encoding, done) {
        size += chunk.length;
        if (size <= MAX_BODY_BYTES) return done(null, chunk);
        refusal = tooLarge();
        done(refusal);
      },
    });
    const hop = { createConnection: () => socket, path: to.path, headers: to.headers };
    const sent = forwardRequest(request, hop, bounded);
    let refusal: CrewshipError | undefined;
    const fail = (error: unknown) => {
      clearTimeout(timer);
      reject(refusal ?? crewUnreachable('no_answer', `the program on port ${to.port} gave no answer`, error));
    };
    const timer = setTimeout(() => sent.destroy(new Error('no answer in time')), ANSWER_TIMEOUT_MS);
    socket.setTimeout(IDLE_TIMEOUT_MS, () => sent.destroy(new Error('silent for too long')));
    sent.on('error', fail);
    sent.once('response', (answer) => {
      clearTimeout(timer);
      resolve(answer);
    });
    response.once('close', () => {
      clearTimeout(timer);
      sent.destroy();
    });
  });
}
