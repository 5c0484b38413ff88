import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto';

export interface CsrfTokens {
  /** A token and the cookie that vouches for it; those of the cookie that a browser has already, if it is ours. */
  issue(cookie: string | null): { readonly token: string; readonly cookie: string };
  /** Whether a form's token is the one that the browser's cookie vouches for. */
  matches(cookie: string | null, token: string): boolean;
}

const COOKIE = /^([0-9a-f]{64})\.([0-9a-f]{64})$/;

/**
 * Double-submitted tokens: a page of another site can neither read the token nor set a cookie that vouches for one of
 * its own, as the cookie is the token with a MAC.
 */
export function createCsrfTokens(secrets: readonly [string, ...string[]]): CsrfTokens {
  const mac = (secret: string, token: string): Buffer => createHmac('sha256', secret).update(token).digest();

  function tokenOf(cookie: string | null): string | null {
    const [, token, proof] = COOKIE.exec(cookie ?? '') ?? [];
    if (token === undefined || proof === undefined) return null;
    const given = Buffer.from(proof, 'hex');
    return secrets.some((secret) => timingSafeEqual(given, mac(secret, token))) ? token : null;
  }

  return {
    issue(cookie) {
      const token = tokenOf(cookie) ?? randomBytes(32).toString('hex');
      return { token, cookie: `${token}.${mac(secrets[0], token).toString('hex')}` };
    },
    matches(cookie, token) {
      const expected = tokenOf(cookie);
      if (expected === null || token.length !== expected.length) return false;
      const given = Buffer.from(token);
      return given.length === expected.length && timingSafeEqual(given, Buffer.from(expected));
    },
  };
}
