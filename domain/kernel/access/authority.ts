import type { Capability } from './capability.ts';

/** Roles of a workspace member, highest first. */
export const ROLES = ['OWNER', 'ADMIN', 'MANAGER', 'MEMBER', 'VIEWER'] as const;
export type Role = (typeof ROLES)[number];

/**
 * What a route lets its caller do. `read`: any member. `participate`: MEMBER and above, own rows only. `create`:
 * OWNER, ADMIN, MANAGER. `manage`: OWNER, ADMIN.
 */
export type Action = 'read' | 'participate' | 'create' | 'manage';

const LOWEST_ROLE: Readonly<Record<Action, Role>> = {
  read: 'VIEWER',
  participate: 'MEMBER',
  create: 'MANAGER',
  manage: 'ADMIN',
};

/** Who may call a route, declared beside its schema. */
export type Authority =
  | { readonly access: 'public' }
  /** Any signed-in person, no workspace. */
  | {
      readonly access: 'user';
      readonly scope?: string;
      readonly interactive?: boolean;
      /** An API key may not call it: a key works in its workspace, and makes or ends no other credentials. */
      readonly notByKey?: true;
    }
  /** A member of the request's workspace. */
  | {
      readonly access: 'member';
      readonly action: Action;
      readonly minRole?: Role;
      readonly scope?: string;
      readonly interactive?: boolean;
      /** Who has it may call the route whatever their role. */
      readonly capability?: Capability;
      /** Whoever is in no workspace at all is not proven to be anybody here: 401 instead of 400. */
      readonly withoutWorkspace?: 'unauthenticated';
      /** A role that one has in the crew of the path counts for nothing: the route reaches beyond that crew. */
      readonly beyondCrew?: true;
    }
  /** The instance operator. */
  | { readonly access: 'operator' }
  /** A sidecar, by socket and token. */
  | {
      readonly access: 'internal';
      /** What a sidecar itself tells of a run, which may be over by then; agents reach no such route. */
      readonly ofEndedRuns?: true;
    };

/** Whether the first role is strictly higher than the second. */
export function isAbove(role: Role, other: Role): boolean {
  return ROLES.indexOf(role) < ROLES.indexOf(other);
}

/** Whether `role` may do what a member route declares. */
export function roleAllows(role: Role, authority: { action: Action; minRole?: Role }): boolean {
  const lowest = authority.minRole ?? LOWEST_ROLE[authority.action];
  return ROLES.indexOf(role) <= ROLES.indexOf(lowest);
}

/** `session` is the cookie of a session, `jwt` its short-lived token. */
export type AuthMethod = 'cli_token' | 'api_key' | 'session' | 'jwt' | 'internal';

/**
 * Whether a person who signed in is behind the call: by a session's cookie or token, not by a key that was handed out.
 */
export function isInteractive(method: AuthMethod): boolean {
  return method === 'session' || method === 'jwt';
}

/** Who is calling. Handlers see this and never a credential. */
export interface Principal {
  readonly userId: string | null;
  readonly agentId: string | null;
  /** The workspace the request works in, with the caller's role there; null on routes without one. */
  readonly workspace: { readonly id: string; readonly role: Role | null } | null;
  readonly crewId: string | null;
  /** The run a sidecar's caller claims, checked by its run token. */
  readonly runId: string | null;
  readonly method: AuthMethod;
  readonly tokenId: string | null;
  readonly sessionId: string | null;
  /** null: the full role. */
  readonly scopes: readonly string[] | null;
  readonly isInstanceOperator: boolean;
}

/** The token or session that a call was made with: what stays open ends with it. */
export function credentialOf(principal: Pick<Principal, 'tokenId' | 'sessionId'>): string | null {
  return principal.tokenId ?? principal.sessionId;
}

/** A sidecar that calls an internal route: its crew is proven before the route's handler runs. */
export interface InternalPrincipal extends Principal {
  readonly workspace: { readonly id: string; readonly role: null };
  readonly crewId: string;
}

/** What is recorded of the caller with every journal entry. */
export interface Actor {
  readonly type: 'agent' | 'user' | 'system' | 'keeper' | 'sidecar' | 'orchestrator';
  readonly id: string | null;
  readonly authMethod: AuthMethod | null;
  readonly tokenId: string | null;
  readonly sessionId: string | null;
  readonly requestId: string | null;
  readonly address: string | null;
  /** What the caller's program says it is. */
  readonly userAgent?: string | null;
}

/** The actor of transitions that workflows make. */
export function orchestratorActor(requestId: string | null = null): Actor {
  return {
    type: 'orchestrator',
    id: null,
    authMethod: null,
    tokenId: null,
    sessionId: null,
    requestId,
    address: null,
  };
}

/** The actor of evaluations. */
export function quartermasterActor(): Actor {
  return { ...systemActor(), id: 'quartermaster' };
}

/** The actor of what the instance does by itself, on schedule. */
export function systemActor(): Actor {
  return { ...orchestratorActor(), type: 'system' };
}
