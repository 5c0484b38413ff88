import type { FastifyRequest } from 'fastify';
import { unauthenticated } from '../../../domain/kernel/errors/crewship-error.ts';
import type { AttemptLimiter } from '../limits/attempt-limiter.ts';
import { callerAddress } from '../limits/caller-address.ts';
import type { AccessTokens } from './access-tokens.ts';
import type { RememberingAuthenticator } from './authenticator.ts';
import { bearerOf } from './bearer-of.ts';
import { bearerCredential } from './bearer-credential.ts';
import { liveSession, type SessionReads } from './live-session.ts';
import { createRememberedBearers } from './remembered-bearers.ts';

const JWT = /^[\w-]+\.[\w-]+\.[\w-]*$/;
const MAX_LENGTH = 2_048;

/**
 * Programs that carry a session's access token. The session's row decides, as it does for the cookie: the token only
 * names it. One of a key that this process does not know is looked up only for those who have not guessed too often.
 */
export function createAccessTokenAuthenticator(deps: {
  readonly database: SessionReads;
  readonly accessTokens: Pick<AccessTokens, 'verify' | 'namesKnownKey'>;
  readonly attempts: Pick<AttemptLimiter, 'refuseIfOver'>;
  readonly onTouchError: (error: unknown) => void;
  readonly nowMs?: () => number;
}): RememberingAuthenticator {
  const remembered = createRememberedBearers(async (token) => {
    const { sessionId, userId, untilMs } = await deps.accessTokens.verify(token);
    const identity = await liveSession(deps.database, sessionId, deps.onTouchError);
    if (identity.user_id !== userId) throw unauthenticated('invalid_token', 'the session is of somebody else');
    const loaded = bearerOf(identity, 'jwt');
    return { ...loaded, untilMs: Math.min(loaded.untilMs, untilMs) };
  }, deps.nowMs ?? Date.now);

  return {
    authenticate(request: FastifyRequest) {
      const token = bearerCredential(request);
      if (token === null || token.length > MAX_LENGTH || !JWT.test(token)) return null;
      if (!remembered.has(token) && !deps.accessTokens.namesKnownKey(token)) {
        deps.attempts.refuseIfOver('authentication', callerAddress(request));
      }
      return remembered.find(token);
    },
    forgetUser: remembered.forgetUser,
    forgetAll: remembered.forgetAll,
  };
}
