import type { FastifyRequest } from 'fastify';
import {
  type Actor,
  type Authority,
  type Principal,
  isAbove,
  isInteractive,
  type Role,
  roleAllows,
} from '../../../domain/kernel/access/authority.ts';
import { capabilitiesOf } from '../../../domain/kernel/access/capability.ts';
import { CrewshipError, unauthenticated } from '../../../domain/kernel/errors/crewship-error.ts';
import { scopesAllow } from '../../../domain/people/identity/scopes.ts';
import { findRaisedRights } from '../../../db/people/members/find-raised-rights.ts';
import type { ReadPool } from '../../../db/kernel/read-pool.ts';
import type { AttemptLimiter } from '../limits/attempt-limiter.ts';
import { callerAddress } from '../limits/caller-address.ts';
import type { Authenticator, Bearer } from './authenticator.ts';
import { hasExplicitCredential, refuseTwoCredentials } from './bearer-credential.ts';
import { resolveWorkspace } from './resolve-workspace.ts';

/** Who calls, where, and what is recorded of it. */
export interface Caller {
  readonly principal: Principal | null;
  readonly workspace: { readonly id: string; readonly role: Role } | null;
  readonly memberWorkspaceIds: readonly string[];
  readonly actor: Actor;
}

/** Decides whether a request may go on; throws what it is refused with. */
export type Authorize = (request: FastifyRequest, authority: Authority) => Promise<Caller>;

function hint(value: unknown): string | null {
  if (value === undefined) return null;
  // A repeated parameter or one that cannot be a reference names nothing that exists.
  return typeof value === 'string' && value.length <= 64 ? value : '';
}

function refuse(message: string): never {
  throw new CrewshipError('forbidden', message);
}

function checkScope(bearer: Bearer, scope: string | undefined): void {
  if (scope !== undefined && !scopesAllow(bearer.scopes, scope)) refuse(`the token lacks the scope ${scope}`);
}

type MemberAuthority = Extract<Authority, { access: 'member' }>;

/**
 * The role that the caller acts with on a route that their role in the workspace does not open: the one they have in
 * the crew of the path if that opens it, or their own if a capability does. Read anew each time, as few calls come
 * here.
 */
async function raisedRole(
  reads: ReadPool,
  authority: MemberAuthority,
  caller: {
    readonly workspaceId: string;
    readonly userId: string;
    readonly role: Role;
    readonly crewRef: string | null;
  },
): Promise<Role> {
  const crewRef = authority.beyondCrew === true ? null : caller.crewRef;
  if (authority.capability !== undefined || crewRef !== null) {
    const rights = await findRaisedRights(reads, { ...caller, crewRef });
    if (rights !== null) {
      const { capability } = authority;
      if (
        rights.crew_role !== null &&
        isAbove(rights.crew_role, rights.role) &&
        roleAllows(rights.crew_role, authority)
      ) {
        return rights.crew_role;
      }
      if (capability !== undefined && capabilitiesOf(rights.role, rights.capabilities).includes(capability)) {
        return rights.role;
      }
    }
  }
  return refuse(`the role ${caller.role} may not do this`);
}

/** Wrong ones of these are no guesses: the credential is one that the instance made. */
const HONEST_FAULTS: ReadonlySet<unknown> = new Set(['session_expired', 'session_revoked', 'token_expired']);

/**
 * Authentication by the first authenticator that knows the credential, then workspace, role and scope. A wrong
 * credential is counted against the address it came from.
 */
export function createAuthorize(
  authenticators: readonly Authenticator[],
  attempts: Pick<AttemptLimiter, 'count'>,
  reads: ReadPool,
): Authorize {
  async function identify(request: FastifyRequest): Promise<Bearer> {
    refuseTwoCredentials(request);
    try {
      for (const authenticator of authenticators) {
        const bearer = await authenticator.authenticate(request);
        if (bearer !== null) return bearer;
      }
      if (hasExplicitCredential(request)) {
        throw unauthenticated('invalid_token', 'the request shows no credential of this instance');
      }
    } catch (error) {
      if (
        error instanceof CrewshipError &&
        error.code === 'unauthenticated' &&
        !HONEST_FAULTS.has(error.extensions.error)
      ) {
        await attempts.count('authentication', callerAddress(request));
      }
      throw error;
    }
    throw unauthenticated('no_credentials', 'this route needs a credential');
  }

  return async (request, authority) => {
    if (authority.access === 'public') {
      return { principal: null, workspace: null, memberWorkspaceIds: [], actor: actorOf(request, null) };
    }
    if (authority.access === 'internal') {
      throw new CrewshipError('internal', 'internal routes are not served by this listener');
    }
    let bearer = await identify(request);
    let workspace: Caller['workspace'] = null;
    if (authority.access === 'member') {
      const params = request.params as { workspaceId?: string; crewId?: string };
      const query = request.query as { workspace_id?: unknown };
      const found = await resolveWorkspace(bearer, {
        path: hint(params.workspaceId),
        query: hint(query.workspace_id),
        header: hint(request.headers['x-workspace-id']),
      }).catch((error: unknown) => {
        const isUnnamed = error instanceof CrewshipError && error.code === 'workspace_required';
        if (!isUnnamed || authority.withoutWorkspace === undefined || bearer.memberships.length > 0) throw error;
        throw unauthenticated('invalid_credentials', 'the credential is of no workspace');
      });
      bearer = found.bearer;
      workspace = { id: found.workspace.id, role: found.workspace.role };
      if (!roleAllows(workspace.role, authority)) {
        const crewRef = hint(params.crewId);
        const caller = { workspaceId: workspace.id, userId: bearer.userId, role: workspace.role, crewRef };
        workspace = { id: workspace.id, role: await raisedRole(reads, authority, caller) };
      }
    }
    if (authority.access === 'operator') {
      if (!bearer.isInstanceOperator) refuse('only the instance operator may do this');
      if (bearer.scopes !== null) checkScope(bearer, '*');
    } else {
      if ('notByKey' in authority && bearer.method === 'api_key') refuse('an API key may not do this');
      checkScope(bearer, authority.scope);
      if (authority.interactive === true && !isInteractive(bearer.method)) {
        throw new CrewshipError('interactive_required', 'only a person who signed in may do this, not a key or token');
      }
    }
    const principal: Principal = {
      userId: bearer.userId,
      agentId: null,
      workspace,
      crewId: null,
      runId: null,
      method: bearer.method,
      tokenId: bearer.tokenId,
      sessionId: bearer.sessionId,
      scopes: bearer.scopes,
      isInstanceOperator: bearer.isInstanceOperator,
    };
    const memberWorkspaceIds = bearer.memberships
      .map((membership) => membership.id)
      .filter((id) => bearer.boundWorkspaceId === null || bearer.boundWorkspaceId === id);
    return { principal, workspace, memberWorkspaceIds, actor: actorOf(request, bearer) };
  };
}

function actorOf(request: FastifyRequest, bearer: Bearer | null): Actor {
  return {
    type: 'user',
    id: bearer?.userId ?? null,
    authMethod: bearer?.method ?? null,
    tokenId: bearer?.tokenId ?? null,
    sessionId: bearer?.sessionId ?? null,
    requestId: request.id,
    address: callerAddress(request),
    userAgent: request.headers['user-agent'] ?? null,
  };
}
