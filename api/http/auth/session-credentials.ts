import { type AuthJwe, JweError } from '../../../platform/crypto/auth-jwe.ts';
import { unauthenticated } from '../../../domain/kernel/errors/crewship-error.ts';
import { SESSION_SECONDS } from '../../../domain/people/identity/session-rules.ts';
import type { Cookies } from './cookies.ts';
import type { RefreshTokens } from './refresh-token.ts';

/** Whose session it is and which. */
export interface CookieSession {
  readonly id: string;
  readonly refreshJti: string;
  readonly user: { readonly id: string; readonly email: string; readonly fullName: string };
}

export interface SessionCookies {
  /** `Set-Cookie` values of a session that begins or goes on. */
  of(session: CookieSession, isSecure: boolean): Promise<string[]>;
  /**
   * The session that a session cookie names, by the cookie's name; throws `unauthenticated` for one that is not ours.
   */
  sessionIdOf(value: string, isSecure: boolean): Promise<string>;
  /** The same; null for one that is not ours or whose time is over. */
  namedBy(value: string, isSecure: boolean): Promise<string | null>;
}

/** A session in a browser: a JWE that names its row, as Auth.js makes it, and the newest refresh token. */
export function createSessionCookies(deps: {
  readonly jwe: AuthJwe;
  readonly cookies: Cookies;
  readonly refreshTokens: Pick<RefreshTokens, 'issue'>;
}): SessionCookies {
  const { jwe, cookies } = deps;
  async function open(value: string, isSecure: boolean): Promise<string> {
    const { kind, sid } = await jwe.open(value, cookies.nameOf('session', isSecure));
    if (kind !== 'access' || typeof sid !== 'string') throw new JweError(false, undefined);
    return sid;
  }

  return {
    async of({ id, refreshJti, user }, isSecure) {
      const claims = { sub: user.id, id: user.id, name: user.fullName, email: user.email, sid: id, kind: 'access' };
      const access = await jwe.seal(claims, cookies.nameOf('session', isSecure), SESSION_SECONDS);
      const refresh = deps.refreshTokens.issue({ sessionId: id, jti: refreshJti });
      return [
        cookies.write('session', access, { isSecure, maxAgeSeconds: SESSION_SECONDS }),
        cookies.write('refresh', refresh, { isSecure, maxAgeSeconds: SESSION_SECONDS }),
        cookies.write('programRefresh', refresh, { isSecure, maxAgeSeconds: SESSION_SECONDS }),
      ];
    },
    async sessionIdOf(value, isSecure) {
      try {
        return await open(value, isSecure);
      } catch (error) {
        if (!(error instanceof JweError)) throw error;
        throw error.isExpired
          ? unauthenticated('session_expired', 'the session is over: sign in again')
          : unauthenticated('session_invalid', 'the session cookie is none of this instance');
      }
    },
    async namedBy(value, isSecure) {
      try {
        return await open(value, isSecure);
      } catch (error) {
        if (error instanceof JweError) return null;
        throw error;
      }
    },
  };
}
