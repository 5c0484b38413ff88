import type { IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import { CrewshipError } from '../../domain/errors/crewship-error.ts';
import type { InternalTokens, TokenScope } from '../../platform/internal-tokens/internal-tokens.ts';
import type { CrewConnections, CrewScope } from './crew-scope.ts';

function forbidden(message: string): CrewshipError {
  return new CrewshipError('forbidden', message);
}

function headerOf(request: IncomingMessage, name: string): string | undefined {
  const value = request.headers[name];
  return typeof value === 'string' && value !== '' ? value : undefined;
}

/** The crew's token and those of a few of its runs. */
const PROVEN_A_CONNECTION = 16;

/**
 * Verifies a token once for each connection that brings it: what it proves depends on nothing but itself, and a
 * connection never learns what another one has proven. Tokens that prove nothing are not remembered.
 */
function rememberProven(tokens: Pick<InternalTokens, 'verify'>) {
  const connections = new WeakMap<Socket, Map<string, TokenScope>>();
  return (socket: Socket, token: string): TokenScope | null => {
    const known = connections.get(socket);
    const remembered = known?.get(token);
    if (remembered !== undefined) return remembered;
    const proven = tokens.verify(token);
    if (proven === null) return null;
    if (known === undefined) connections.set(socket, new Map([[token, proven]]));
    else {
      if (known.size >= PROVEN_A_CONNECTION) known.clear();
      known.set(token, proven);
    }
    return proven;
  };
}

/** Who sends a message over a crew's socket. */
export interface ProvenCaller {
  readonly crew: CrewScope;
  /** Null: no run's token came with it. */
  readonly run: { readonly agentId: string; readonly runId: string } | null;
}

/**
 * Proves who calls (contract ipc, section 1): the crew twice, by the socket the connection came through and by
 * `X-Internal-Token`; agent and run are claimed by `X-Run-Token` and never reach beyond the crew. Throws `unauthenticated`
 * for a missing or bad token, `forbidden` for one of another crew, or of another kind than a crew's.
 */
export function createProveCaller(deps: {
  readonly tokens: Pick<InternalTokens, 'verify' | 'isMaster'>;
  readonly connections: Pick<CrewConnections, 'crewOf'>;
}): (message: IncomingMessage) => ProvenCaller {
  const verify = rememberProven(deps.tokens);

  function proveCrew(message: IncomingMessage): CrewScope {
    const token = headerOf(message, 'x-internal-token');
    if (token === undefined) throw new CrewshipError('unauthenticated', 'X-Internal-Token is missing');
    const crew = deps.connections.crewOf(message.socket);
    const proven = verify(message.socket, token);
    if (proven === null) {
      if (deps.tokens.isMaster(token)) throw forbidden('the master token is not taken on a crew’s socket');
      throw new CrewshipError('unauthenticated', 'X-Internal-Token is not a token of this instance');
    }
    if (proven.kind === 'agent' || proven.kind === 'run') {
      throw new CrewshipError('unauthenticated', 'X-Internal-Token takes the crew’s token');
    }
    if (
      crew === null ||
      proven.kind !== 'crew' ||
      proven.crewId !== crew.crewId ||
      proven.workspaceId !== crew.workspaceId
    ) {
      throw forbidden('the token is not that of this socket’s crew');
    }
    return crew;
  }

  function claimedRun(message: IncomingMessage, crew: CrewScope): { agentId: string; runId: string } | null {
    const token = headerOf(message, 'x-run-token');
    if (token === undefined) return null;
    const claimed = verify(message.socket, token);
    if (claimed?.kind !== 'run' || claimed.workspaceId !== crew.workspaceId || claimed.crewId !== crew.crewId) {
      throw forbidden('X-Run-Token is not that of a run of this crew');
    }
    return claimed;
  }

  return (message) => {
    const crew = proveCrew(message);
    return { crew, run: claimedRun(message, crew) };
  };
}
