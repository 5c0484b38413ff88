import { createHmac, timingSafeEqual } from 'node:crypto';

/** What a socket token proves: who asked for it, with which token or session. */
export interface SocketClaims {
  readonly userId: string;
  readonly credentialId: string;
}

export interface SocketTokens {
  issue(claims: SocketClaims): { readonly token: string; readonly expiresAt: string };
  /** null: not ours, changed, or expired. Says nothing of whether the credential behind it still lives. */
  verify(token: string): SocketClaims | null;
}

const LIFETIME_SECONDS = 900;
const HEADER = Buffer.from(JSON.stringify({ alg: 'HS256', typ: 'JWT' })).toString('base64url');

/**
 * Short-lived JWTs of kind `ws` (docs/contracts/journal-and-streams.md, The socket). A socket is opened with one so
 * that no lasting credential gets near a browser's page; it names the token or session it was made with, whose end is
 * the socket's.
 */
export function createSocketTokens(key: Buffer, nowMs: () => number = Date.now): SocketTokens {
  const sign = (text: string): Buffer => createHmac('sha256', key).update(text).digest();
  return {
    issue({ userId, credentialId }) {
      const issuedAt = Math.floor(nowMs() / 1_000);
      const expiresAt = issuedAt + LIFETIME_SECONDS;
      const claims = { kind: 'ws', sub: userId, cid: credentialId, iat: issuedAt, exp: expiresAt };
      const text = `${HEADER}.${Buffer.from(JSON.stringify(claims)).toString('base64url')}`;
      return {
        token: `${text}.${sign(text).toString('base64url')}`,
        expiresAt: new Date(expiresAt * 1_000).toISOString(),
      };
    },
    verify(token) {
      if (token.length > 2_048) return null;
      const [header, payload, signature, ...rest] = token.split('.');
      // The header is compared, never read: nobody but us chooses the algorithm.
      if (header !== HEADER || payload === undefined || signature === undefined || rest.length > 0) return null;
      const given = Buffer.from(signature, 'base64url');
      const expected = sign(`${header}.${payload}`);
      if (given.length !== expected.length || !timingSafeEqual(given, expected)) return null;
      const claims = JSON.parse(Buffer.from(payload, 'base64url').toString()) as Record<string, unknown>;
      const { kind, sub, cid, exp } = claims;
      if (kind !== 'ws' || typeof sub !== 'string' || typeof cid !== 'string' || typeof exp !== 'number') return null;
      return exp * 1_000 > nowMs() ? { userId: sub, credentialId: cid } : null;
    },
  };
}
