import type { FastifyRequest } from 'fastify';
import { auditTokenUse } from '../../../commands/people/identity/token-commands.ts';
import type { Database } from '../../../db/kernel/database.ts';
import { findTokenIdentity } from '../../../db/people/identity/find-identity.ts';
import { unauthenticated } from '../../../domain/kernel/errors/crewship-error.ts';
import type { AttemptLimiter } from '../limits/attempt-limiter.ts';
import { callerAddress } from '../limits/caller-address.ts';
import type { AdminTokens } from './admin-tokens.ts';
import { ADMIN_TOKEN_PATTERN } from './admin-tokens.ts';
import type { Authenticator, Bearer } from './authenticator.ts';
import { bearerCredential } from './bearer-credential.ts';
import { bearerOf } from './bearer-of.ts';

/**
 * Tokens of the tier ADMIN. None is remembered: each use is in the journal before it is honoured, and one that cannot
 * be written there is refused.
 */
export function createAdminTokenAuthenticator(deps: {
  readonly database: Pick<Database, 'systemReads' | 'systemTransaction'>;
  readonly adminTokens: Pick<AdminTokens, 'hash'>;
  readonly attempts: Pick<AttemptLimiter, 'refuseIfOver'>;
}): Authenticator {
  const { database } = deps;

  async function read(hash: Buffer): Promise<Omit<Bearer, 'isCached' | 'reload'>> {
    const identity = await findTokenIdentity(database.systemReads, hash);
    if (identity === null) throw unauthenticated('invalid_token', 'the token is unknown, revoked or expired');
    if (identity.memberships.length === 0) {
      throw unauthenticated('invalid_token', 'the token’s person is OWNER of nothing that it may enter');
    }
    return bearerOf(identity, 'cli_token').bearer;
  }

  return {
    async authenticate(request: FastifyRequest) {
      const token = bearerCredential(request);
      if (token === null || !ADMIN_TOKEN_PATTERN.test(token)) return null;
      const address = callerAddress(request);
      deps.attempts.refuseIfOver('authentication', address);
      const hash = deps.adminTokens.hash(token);
      const bearer = await read(hash);
      const actor = {
        type: 'user' as const,
        id: bearer.userId,
        authMethod: bearer.method,
        tokenId: bearer.tokenId,
        sessionId: null,
        requestId: request.id,
        address,
        userAgent: request.headers['user-agent'] ?? null,
      };
      const use = { tokenId: bearer.tokenId!, method: request.method, route: request.routeOptions.url ?? 'unknown' };
      await database.systemTransaction({ requestId: request.id }, (tx) => auditTokenUse(tx, use, actor));
      return {
        ...bearer,
        isCached: false,
        reload: async () => ({ ...(await read(hash)), isCached: false, reload: unused }),
      };
    },
  };
}

/** What was just read is read once at most. */
function unused(): never {
  throw new Error('a bearer that was read anew is not read again');
}
