import type { Socket } from 'node:net';
import type { FastifyRequest } from 'fastify';
import type { Actor, Principal } from '../../domain/access/authority.ts';
import { CrewshipError, invalidField } from '../../domain/errors/crewship-error.ts';
import type { InternalTokens, TokenScope } from '../../platform/internal-tokens/internal-tokens.ts';
import type { Authorize, Caller } from '../auth/authorize.ts';
import type { CrewConnections, CrewScope } from './crew-scope.ts';
import type { FindLiveCrew } from './live-crews.ts';
import type { NetworkCallers } from './network-listener.ts';

const ID = /^[A-Za-z0-9_-]{2,64}$/;

/** The caller of a wider token before its crew is known. */
const NOBODY: Caller = {
  principal: null,
  workspace: null,
  memberWorkspaceIds: [],
  actor: {
    type: 'sidecar',
    id: null,
    authMethod: 'internal',
    tokenId: null,
    sessionId: null,
    requestId: null,
    address: null,
  },
};

function forbidden(message: string): CrewshipError {
  return new CrewshipError('forbidden', message);
}

function headerOf(request: FastifyRequest, name: string): string | undefined {
  const value = request.headers[name];
  return typeof value === 'string' && value !== '' ? value : undefined;
}

/** What a request's token proves: a crew, or a workspace or the instance, for which the request then names the crew. */
type Grant =
  | { readonly kind: 'crew'; readonly crew: CrewScope }
  /** `workspaceId` null: the master's, every workspace. */
  | { readonly kind: 'wider'; readonly workspaceId: string | null };

const CALL = Symbol('call');
interface Call {
  readonly grant: Grant;
  /** What the route's handler gets; it is completed when the crew is known. */
  readonly caller: { -readonly [Member in keyof Caller]: Caller[Member] };
}
type Called = FastifyRequest & { [CALL]?: Call };

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

/** The value of a member that query or body may have. */
function named(request: FastifyRequest, name: 'workspace_id' | 'crew_id'): string | null {
  for (const document of [request.query, request.body]) {
    const value = (document as Record<string, unknown> | null | undefined)?.[name];
    if (typeof value === 'string' && value !== '') return value;
  }
  return null;
}

/**
 * Who calls an internal route (contract ipc, section 1). On a crew's socket the crew is proven twice, by the socket and by
 * `X-Internal-Token`. Over the network it is the token's crew; a workspace's token acts for the crew of its workspace that
 * the request names, and the master, from loopback only, for any. Agent and run are claimed by `X-Run-Token` and never
 * reach beyond the crew. Missing or bad token 401; a token that is not for this crew, or of another kind, 403.
 */
export function createInternalAuthorize(deps: {
  readonly tokens: Pick<InternalTokens, 'verify' | 'isMaster'>;
  readonly connections: Pick<CrewConnections, 'crewOf'>;
  readonly network: Pick<NetworkCallers, 'originOf'>;
  readonly findLiveCrew: FindLiveCrew;
}): { authorize: Authorize; scopeOf(request: FastifyRequest): CrewScope | Promise<CrewScope> } {
  const { connections, findLiveCrew, tokens } = deps;
  const verify = rememberProven(tokens);

  function prove(request: FastifyRequest): Grant | Promise<Grant> {
    const token = headerOf(request, 'x-internal-token');
    if (token === undefined) throw new CrewshipError('unauthenticated', 'X-Internal-Token is missing');
    const { raw } = request;
    const origin = deps.network.originOf(raw);
    const proven = verify(raw.socket, token);
    if (proven === null) {
      if (!tokens.isMaster(token)) {
        throw new CrewshipError('unauthenticated', 'X-Internal-Token is not a token of this instance');
      }
      if (origin === null) throw forbidden('the master token is not taken on a crew’s socket');
      if (!origin.isLoopback) throw forbidden('the master token is taken from loopback only');
      return { kind: 'wider', workspaceId: null };
    }
    if (proven.kind === 'agent' || proven.kind === 'run') {
      throw new CrewshipError('unauthenticated', 'X-Internal-Token takes the crew’s token');
    }
    if (origin !== null) {
      return proven.kind === 'crew' ? liveCrew(proven) : { kind: 'wider', workspaceId: proven.workspaceId };
    }
    const crew = connections.crewOf(raw.socket);
    const isTheirs = proven.kind === 'crew' && proven.crewId === crew?.crewId;
    if (crew === null || !isTheirs || proven.workspaceId !== crew.workspaceId) {
      throw forbidden('the token is not that of this socket’s crew');
    }
    return { kind: 'crew', crew };
  }

  async function liveCrew({ workspaceId, crewId }: CrewScope): Promise<Grant> {
    if ((await findLiveCrew(crewId)) !== workspaceId) throw forbidden('the token’s crew does not exist');
    return { kind: 'crew', crew: { workspaceId, crewId } };
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

  function callerOf(request: FastifyRequest, crew: CrewScope): Caller {
    const run = claimedRun(request, crew);
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

  async function authorize(request: FastifyRequest): Promise<Caller> {
    const proven = prove(request);
    const grant = proven instanceof Promise ? await proven : proven;
    const caller =
      grant.kind === 'crew'
        ? callerOf(request, grant.crew)
        : { ...NOBODY, actor: { ...NOBODY.actor, requestId: request.id } };
    (request as Called)[CALL] = { grant, caller };
    return caller;
  }

  /** The crew that a wider token acts for: one that is not its workspace's reads like one that is not there. */
  async function namedCrew(request: FastifyRequest, grant: Grant & { kind: 'wider' }, call: Call): Promise<CrewScope> {
    const crewId = named(request, 'crew_id');
    if (crewId === null) throw invalidField('crew_id', 'names the crew that a token of more than one crew acts for');
    const workspaceId = ID.test(crewId) ? await findLiveCrew(crewId) : null;
    const wanted = grant.workspaceId ?? named(request, 'workspace_id') ?? workspaceId;
    if (workspaceId === null || workspaceId !== wanted)
      throw forbidden('crew_id is not that of a crew in this workspace');
    const crew = { workspaceId, crewId };
    Object.assign(call.caller, callerOf(request, crew));
    return crew;
  }

  return {
    authorize,
    scopeOf(request) {
      const call = (request as Called)[CALL];
      if (call === undefined) throw new CrewshipError('internal', 'an internal request was not authorised');
      return call.grant.kind === 'crew' ? call.grant.crew : namedCrew(request, call.grant, call);
    },
  };
}
