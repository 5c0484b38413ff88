import type { FastifyRequest } from 'fastify';
import type { RememberingAuthenticator } from './authenticator.ts';
import { bearerOf } from './bearer-of.ts';
import { hasExplicitCredential } from './bearer-credential.ts';
import type { Cookies } from './cookies.ts';
import { liveSession, type SessionReads } from './live-session.ts';
import type { OriginCheck } from './origin-check.ts';
import { createRememberedBearers } from './remembered-bearers.ts';
import type { SessionCookies } from './session-credentials.ts';

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
