import type { FastifyRequest } from 'fastify';
import { touchToken } from '../../../commands/people/identity/token-commands.ts';
import type { Database } from '../../../db/kernel/database.ts';
import { findTokenIdentity } from '../../../db/people/identity/find-identity.ts';
import { unauthenticated } from '../../../domain/kernel/errors/crewship-error.ts';
import type { AttemptLimiter } from '../limits/attempt-limiter.ts';
import { callerAddress } from '../limits/caller-address.ts';
import type { RememberingAuthenticator } from './authenticator.ts';
import { bearerOf } from './bearer-of.ts';
import { API_KEY_PATTERN } from './api-key.ts';
import { API_KEY_HEADER, bearerCredential } from './bearer-credential.ts';
import { CLI_TOKEN_PATTERN, hashToken } from './cli-token.ts';
import { createRememberedBearers } from './remembered-bearers.ts';

/** The API key or CLI token that a request shows: a key in a header of its own or, like a token, as a bearer. */
function shownToken(request: FastifyRequest): string | null {
  const key = request.headers[API_KEY_HEADER];
  if (typeof key === 'string' && API_KEY_PATTERN.test(key)) return key;
  const token = bearerCredential(request);
  return token !== null && (CLI_TOKEN_PATTERN.test(token) || API_KEY_PATTERN.test(token)) ? token : null;
}

/**
 * Tokens that were handed out. From an address with too many wrong credentials, only those that were found valid here
 * before are looked up.
 */
export function createTokenAuthenticator(deps: {
  readonly database: Pick<Database, 'systemReads' | 'systemTransaction'>;
  readonly onTouchError: (error: unknown) => void;
  readonly attempts: Pick<AttemptLimiter, 'refuseIfOver'>;
  readonly nowMs?: () => number;
}): RememberingAuthenticator {
  const remembered = createRememberedBearers(async (token) => {
    const identity = await findTokenIdentity(deps.database.systemReads, hashToken(token));
    if (identity === null) throw unauthenticated('invalid_token', 'the token is unknown, revoked or expired');
    if (identity.use_is_stale) {
      deps.database.systemTransaction({}, (tx) => touchToken(tx, identity.credential_id)).catch(deps.onTouchError);
    }
    return bearerOf(identity, identity.kind === 'api_key' ? 'api_key' : 'cli_token');
  }, deps.nowMs ?? Date.now);

  return {
    authenticate(request: FastifyRequest) {
      const token = shownToken(request);
      if (token === null) return null;
      // A token that was good a while ago is no guess: those who use one are not shut out for what others of their
      // address do.
      if (!remembered.has(token)) deps.attempts.refuseIfOver('authentication', callerAddress(request));
      return remembered.find(token);
    },
    forgetUser: remembered.forgetUser,
    forgetAll: remembered.forgetAll,
  };
}
