import type { Socket } from 'node:net';
import type { FastifyRequest } from 'fastify';
import type { Actor, Principal } from '../../domain/access/authority.ts';
import { CrewshipError } from '../../domain/errors/crewship-error.ts';
import type { InternalTokens, TokenScope } from '../../platform/internal-tokens/internal-tokens.ts';
import type { Authorize, Caller } from '../auth/authorize.ts';
import type { CrewConnections, CrewScope } from './crew-scope.ts';

function forbidden(message: string): CrewshipError {
  return new CrewshipError('forbidden', message);
}

function headerOf(request: FastifyRequest, name: string): string | undefined {
  const value = request.headers[name];
  return typeof value === 'string' && value !== '' ? value : undefined;
}

const SCOPE = Symbol('scope');
type Scoped = FastifyRequest & { [SCOPE]?: CrewScope };

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

/**
 * Who calls an internal route (contract ipc, section 1): the crew is proven twice, by the socket the connection came
 * through and by `X-Internal-Token`; agent and run are claimed by `X-Run-Token` and never reach beyond the crew.
 * Missing or bad token 401; a token of another crew, or of another kind than a crew's, 403.
 */
export function createInternalAuthorize(deps: {
  readonly tokens: Pick<InternalTokens, 'verify' | 'isMaster'>;
  readonly connections: Pick<CrewConnections, 'crewOf'>;
}): { authorize: Authorize; scopeOf(request: FastifyRequest): CrewScope } {
  const verify = rememberProven(deps.tokens);

  function proveCrew(request: FastifyRequest): CrewScope {
    const token = headerOf(request, 'x-internal-token');
    if (token === undefined) throw new CrewshipError('unauthenticated', 'X-Internal-Token is missing');
    const crew = deps.connections.crewOf(request.raw.socket);
    const proven = verify(request.raw.socket, token);
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

  function claimedRun(request: FastifyRequest, crew: CrewScope): { agentId: string; runId: string } | null {
    const token = headerOf(request, 'x-run-token');
    if (token === undefined) return null;
    const claimed = verify(request.raw.socket, token);
    if (claimed?.kind !== 'run' || claimed.workspaceId !== crew.workspaceId || claimed.crewId !== crew.crewId) {
      throw forbidden('X-Run-Token is not that of a run of this crew');
    }
    return claimed;
  }

  async function authorize(request: FastifyRequest): Promise<Caller> {
    const crew = proveCrew(request);
    const run = claimedRun(request, crew);
    (request as Scoped)[SCOPE] = crew;
    const principal: Principal = {
      userId: null,
      agentId: run?.agentId ?? null,
      workspace: { id: crew.workspaceId, role: null },
      crewId: crew.crewId,
      runId: run?.runId ?? null,
      method: 'internal',
      tokenId: null,
      sessionId: null,
      scopes: null,
      isInstanceOperator: false,
    };
    const actor: Actor = {
      type: run === null ? 'sidecar' : 'agent',
      id: run?.agentId ?? null,
      authMethod: 'internal',
      tokenId: null,
      sessionId: null,
      requestId: request.id,
      address: null,
    };
    return { principal, workspace: null, memberWorkspaceIds: [crew.workspaceId], actor };
  }

  return {
    authorize,
    scopeOf(request) {
      const scope = (request as Scoped)[SCOPE];
      if (scope === undefined) throw new CrewshipError('internal', 'an internal request was not authorised');
      return scope;
    },
  };
}
