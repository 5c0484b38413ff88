import { createHmac, timingSafeEqual } from 'node:crypto';

/** What a refresh token proves: which session it was made for, and which of its tokens it is. */
export interface RefreshClaims {
  readonly sessionId: string;
  readonly jti: string;
}

export interface RefreshTokens {
  issue(claims: RefreshClaims): string;
  /** null: none that this instance made. Says nothing of whether it is the newest of a live session. */
  verify(token: string): RefreshClaims | null;
}

const TOKEN = /^crewship_refresh_([a-z0-9]{2,64})_([0-9a-f]{32})_([A-Za-z0-9_-]{43})$/;

/**
 * Refresh tokens of both façades. A token is the id that the session's row holds and a MAC of it, so that no table
 * holds what opens a session, a token of long ago is known as ours, and one whose answer was lost can be given again.
 */
export function createRefreshTokens(secrets: readonly [string, ...string[]]): RefreshTokens {
  const mac = (secret: string, { sessionId, jti }: RefreshClaims): Buffer =>
    createHmac('sha256', secret).update(`${sessionId}\0${jti}`).digest();
  return {
    issue(claims) {
      const proof = mac(secrets[0], claims).toString('base64url');
      return `crewship_refresh_${claims.sessionId}_${claims.jti}_${proof}`;
    },
    verify(token) {
      const [, sessionId, jti, proof] = TOKEN.exec(token) ?? [];
      if (sessionId === undefined || jti === undefined || proof === undefined) return null;
      const given = Buffer.from(proof, 'base64url');
      const claims = { sessionId, jti };
      return secrets.some((secret) => timingSafeEqual(given, mac(secret, claims))) ? claims : null;
    },
  };
}
