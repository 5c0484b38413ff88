import type { Identity } from '../../../db/people/identity/find-identity.ts';
import type { AuthMethod } from '../../../domain/kernel/access/authority.ts';
import type { Loaded } from './remembered-bearers.ts';

/** What a live token or session says of its bearer, until it ends by itself. */
export function bearerOf(identity: Identity, method: AuthMethod): Loaded {
  const isSession = identity.kind === 'session';
  return {
    bearer: {
      userId: identity.user_id,
      email: identity.email,
      method,
      tokenId: isSession ? null : identity.credential_id,
      sessionId: isSession ? identity.credential_id : null,
      scopes: identity.scopes,
      isInstanceOperator: identity.is_instance_operator,
      boundWorkspaceId: identity.bound_workspace_id,
      homeWorkspaceId: identity.home_workspace_id,
      memberships: identity.memberships,
    },
    untilMs: identity.expires_at === null ? Number.POSITIVE_INFINITY : Date.parse(identity.expires_at),
  };
}
