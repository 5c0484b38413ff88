import type { IncomingMessage } from 'node:http';
import type { FastifyRequest } from 'fastify';
import type { Actor, Authority, InternalPrincipal } from '../../../domain/kernel/access/authority.ts';
import { CrewshipError, invalidField } from '../../../domain/kernel/errors/crewship-error.ts';
import type { InternalTokens } from '../../../platform/internal-tokens/internal-tokens.ts';
import type { Authorize, Caller } from '../../http/auth/authorize.ts';
import type { CrewConnections, CrewScope } from './crew-scope.ts';
import type { FindLiveCrew } from './live-crews.ts';
import type { NetworkCallers } from './network-callers.ts';
import type { IsLiveRun } from './live-runs.ts';
import { type Asks, createProveCaller, type ProvenCaller, type ProvenToken } from './prove-caller.ts';

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

/** What a request's token proves: a crew, or a workspace or the instance, for which the request then names the crew. */
type Grant =
  | ({ readonly kind: 'crew' } & ProvenCaller)
  /** `workspaceId` null: the master's, every workspace. */
  | { readonly kind: 'wider'; readonly workspaceId: string | null };

/** A caller whose crew is proven. */
export interface KnownCaller {
  readonly principal: InternalPrincipal;
  readonly actor: Actor;
}

const CALL = Symbol('call');
interface Call {
  readonly grant: Grant;
  readonly asks: Asks;
  /** What the route's handler gets; it is completed when the crew is known. */
  readonly caller: { -readonly [Member in keyof Caller]: Caller[Member] };
}
type Called = FastifyRequest & { [CALL]?: Call };

/** The value of a member that query or body may have. */
function named(request: FastifyRequest, name: 'workspace_id' | 'crew_id'): string | null {
  for (const document of [request.query, request.body]) {
    const value = (document as Record<string, unknown> | null | undefined)?.[name];
    if (typeof value === 'string' && value !== '') return value;
  }
  return null;
}

/**
 * Who calls an internal route (docs/contracts/internal-ipc.md, Proof of the caller). On a crew's socket the crew is
 * proven twice, by the socket and by `X-Internal-Token`. Over the network it is the token's crew; a workspace's token
 * acts for the crew of its workspace that the request names, and the master, from loopback only, for any. Agent and run
 * are claimed by `X-Run-Token`, for as long as the run lives, and never reach beyond the crew. Missing or bad token
 * 401; a token that is not for this crew, or of another kind, 403.
 */
export function createInternalAuthorize(deps: {
  readonly tokens: Pick<InternalTokens, 'verify' | 'isMaster'>;
  readonly connections: Pick<CrewConnections, 'crewOf'>;
  readonly network: Pick<NetworkCallers, 'originOf'>;
  readonly findLiveCrew: FindLiveCrew;
  readonly isLiveRun: IsLiveRun;
}): {
  readonly authorize: Authorize;
  readonly scopeOf: (request: FastifyRequest) => CrewScope | Promise<CrewScope>;
  /** Who calls, once the crew is known; null before that. */
  readonly callerOf: (request: FastifyRequest) => KnownCaller | null;
} {
  const { findLiveCrew } = deps;
  const caller = createProveCaller(deps);

  function prove(request: FastifyRequest, asks: Asks): Grant | Promise<Grant> {
    const { raw } = request;
    const origin = deps.network.originOf(raw);
    if (origin === null) {
      const called = caller.onSocket(raw, asks);
      if (!(called instanceof Promise)) return { kind: 'crew', ...called };
      return called.then((known) => ({ kind: 'crew', ...known }));
    }
    const proven = caller.tokenOf(raw);
    if (proven.kind === 'crew') return liveCrew(raw, proven, asks);
    if (proven.kind === 'workspace') return { kind: 'wider', workspaceId: proven.workspaceId };
    if (!origin.isLoopback) throw forbidden('the master token is taken from loopback only');
    return { kind: 'wider', workspaceId: null };
  }

  async function liveCrew(message: IncomingMessage, token: ProvenToken & { kind: 'crew' }, asks: Asks): Promise<Grant> {
    await caller.requireTaken(token);
    const { workspaceId, crewId } = token;
    const crew = { workspaceId, crewId };
    return { kind: 'crew', crew, run: await caller.runOf(message, crew, asks) };
  }

  function madeCaller(request: FastifyRequest, { crew, run }: ProvenCaller): Caller {
    const principal: InternalPrincipal = {
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

  async function authorize(request: FastifyRequest, authority: Authority): Promise<Caller> {
    const asks = authority.access === 'internal' ? authority : {};
    const proven = prove(request, asks);
    const grant = proven instanceof Promise ? await proven : proven;
    const called =
      grant.kind === 'crew'
        ? madeCaller(request, grant)
        : { ...NOBODY, actor: { ...NOBODY.actor, requestId: request.id } };
    (request as Called)[CALL] = { grant, asks, caller: called };
    return called;
  }

  /** The crew that a wider token acts for: one that is not its workspace's reads like one that is not there. */
  async function namedCrew(request: FastifyRequest, grant: Grant & { kind: 'wider' }, call: Call): Promise<CrewScope> {
    const crewId = named(request, 'crew_id');
    if (crewId === null) throw invalidField('crew_id', 'names the crew that a token of more than one crew acts for');
    const workspaceId = ID.test(crewId) ? ((await findLiveCrew(crewId))?.workspaceId ?? null) : null;
    const wanted = grant.workspaceId ?? named(request, 'workspace_id') ?? workspaceId;
    if (workspaceId === null || workspaceId !== wanted)
      throw forbidden('crew_id is not that of a crew in this workspace');
    const crew = { workspaceId, crewId };
    const run = await caller.runOf(request.raw, crew, call.asks);
    Object.assign(call.caller, madeCaller(request, { crew, run }));
    return crew;
  }

  return {
    authorize,
    callerOf(request) {
      const caller = (request as Called)[CALL]?.caller;
      // Everybody who is proven here is a crew's.
      return caller?.principal == null ? null : (caller as KnownCaller);
    },
    scopeOf(request) {
      const call = (request as Called)[CALL];
      if (call === undefined) throw new CrewshipError('internal', 'an internal request was not authorised');
      return call.grant.kind === 'crew' ? call.grant.crew : namedCrew(request, call.grant, call);
    },
  };
}
