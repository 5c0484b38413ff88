import type { FastifyRequest } from 'fastify';
import { touchSession } from '../../../commands/people/identity/session-commands.ts';
import type { Database } from '../../../db/kernel/database.ts';
import { findSessionIdentity, type Identity } from '../../../db/people/identity/find-identity.ts';
import { unauthenticated } from '../../../domain/kernel/errors/crewship-error.ts';
import type { RememberingAuthenticator } from './authenticator.ts';
import { bearerOf } from './bearer-of.ts';
import { hasExplicitCredential } from './bearer-credential.ts';
import type { Cookies } from './cookies.ts';
import type { OriginCheck } from './origin-check.ts';
import { createRememberedBearers } from './remembered-bearers.ts';
import type { SessionCookies } from './session-credentials.ts';

type SessionReads = Pick<Database, 'systemReads' | 'systemTransaction'>;

/** The identity of a live session; throws `unauthenticated`, with what ended it. */
async function liveSession(
  database: SessionReads,
  sessionId: string,
  onTouchError: (error: unknown) => void,
): Promise<Identity> {
  const identity = await findSessionIdentity(database.systemReads, sessionId);
  if (identity === null || identity.state === 'revoked') {
    throw unauthenticated('session_revoked', 'the session was ended: sign in again');
  }
  if (identity.state === 'expired') throw unauthenticated('session_expired', 'the session is over: sign in again');
  if (identity.use_is_stale) database.systemTransaction({}, (tx) => touchSession(tx, sessionId)).catch(onTouchError);
  return identity;
}

/**
 * Browsers that carry a session's cookie. A browser sends it whoever wrote the page, so what changes something must
 * come from a page of ours.
 */
export function createSessionAuthenticator(deps: {
  readonly database: SessionReads;
  readonly cookies: Cookies;
  readonly sessionCookies: Pick<SessionCookies, 'sessionIdOf'>;
  readonly origins: OriginCheck;
  readonly onTouchError: (error: unknown) => void;
  readonly nowMs?: () => number;
}): RememberingAuthenticator {
  // A cookie is remembered with the scheme that it came by: its name is part of what it proves.
  const remembered = createRememberedBearers(async (entry) => {
    const sessionId = await deps.sessionCookies.sessionIdOf(entry.slice(1), entry.startsWith('s'));
    return bearerOf(await liveSession(deps.database, sessionId, deps.onTouchError), 'session');
  }, deps.nowMs ?? Date.now);

  return {
    authenticate(request: FastifyRequest) {
      if (hasExplicitCredential(request)) return null;
      const value = deps.cookies.read(request, 'session');
      if (value === null) return null;
      deps.origins.refuseForeignWrite(request);
      return remembered.find(`${deps.cookies.isSecure(request) ? 's' : 'p'}${value}`);
    },
    forgetUser: remembered.forgetUser,
    forgetAll: remembered.forgetAll,
  };
}
