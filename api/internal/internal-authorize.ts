import type { FastifyRequest } from 'fastify';
import type { Actor, Principal } from '../../domain/access/authority.ts';
import { CrewshipError } from '../../domain/errors/crewship-error.ts';
import type { InternalTokens } from '../../platform/internal-tokens/internal-tokens.ts';
import type { Authorize, Caller } from '../auth/authorize.ts';
import type { CrewConnections, CrewScope } from './crew-scope.ts';
import { createProveCaller } from './prove-caller.ts';

const SCOPE = Symbol('scope');
type Scoped = FastifyRequest & { [SCOPE]?: CrewScope };

/** Who calls an internal route, as {@link createProveCaller} proves it. */
export function createInternalAuthorize(deps: {
  readonly tokens: Pick<InternalTokens, 'verify' | 'isMaster'>;
  readonly connections: Pick<CrewConnections, 'crewOf'>;
}): { authorize: Authorize; scopeOf(request: FastifyRequest): CrewScope } {
  const prove = createProveCaller(deps);

  async function authorize(request: FastifyRequest): Promise<Caller> {
    const { crew, run } = prove(request.raw);
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
