import type { FastifyRequest } from 'fastify';

/** What a cookie is for. The names are Auth.js's, as its own clients look for them. */
export type CookieKind = 'session' | 'refresh' | 'programRefresh' | 'csrf' | 'device' | 'sso';

/** What a browser has of a session. */
export const SESSION_COOKIES: readonly CookieKind[] = ['session', 'refresh', 'programRefresh'];

const REFRESH = { plain: 'authjs.refresh-token', secure: '__Secure-authjs.refresh-token' } as const;

const NAMES: Readonly<Record<CookieKind, { readonly plain: string; readonly secure: string; readonly path: string }>> =
  {
    session: { plain: 'authjs.session-token', secure: '__Secure-authjs.session-token', path: '/' },
    refresh: { ...REFRESH, path: '/api/auth/' },
    // The same cookie for the other door; it is sent nowhere else.
    programRefresh: { ...REFRESH, path: '/api/v1/auth/refresh' },
    csrf: { plain: 'authjs.csrf-token', secure: '__Host-authjs.csrf-token', path: '/' },
    sso: { plain: 'crewship.sso', secure: '__Secure-crewship.sso', path: '/api/v1/auth/sso/' },
    device: { plain: 'crewship.device', secure: '__Secure-crewship.device', path: '/api/' },
  };

const MAX_HEADER_LENGTH = 16_384;

export interface Cookies {
  /**
   * Whether people reach the API by HTTPS: as CREWSHIP_PUBLIC_URL says, else as a trusted proxy or the connection does.
   */
  isSecure(request: Pick<FastifyRequest, 'protocol'>): boolean;
  /**
   * The name by which it is set and read for this request: a cookie without `__Secure-` counts for nothing on HTTPS.
   */
  nameOf(kind: CookieKind, isSecure: boolean): string;
  read(request: Pick<FastifyRequest, 'headers' | 'protocol'>, kind: CookieKind): string | null;
  /** A `Set-Cookie` value; without `maxAgeSeconds` the cookie ends with the browser's session. */
  write(kind: CookieKind, value: string, options: { isSecure: boolean; maxAgeSeconds?: number }): string;
  /** `Set-Cookie` values that remove these under each name they may have. */
  clear(kinds: readonly CookieKind[]): string[];
}

/** The cookies of signed-in people: HttpOnly, SameSite=Lax, and Secure by their name on HTTPS. */
export function createCookies(publicUrl: string | undefined): Cookies {
  const isPublicSecure = publicUrl === undefined ? undefined : new URL(publicUrl).protocol === 'https:';

  function write(kind: CookieKind, name: string, value: string, maxAgeSeconds: number | undefined): string {
    const secure = name.startsWith('__') ? '; Secure' : '';
    const age = maxAgeSeconds === undefined ? '' : `; Max-Age=${maxAgeSeconds}`;
    return `${name}=${value}; Path=${NAMES[kind].path}; HttpOnly; SameSite=Lax${secure}${age}`;
  }

  const cookies: Cookies = {
    isSecure: (request) => isPublicSecure ?? request.protocol === 'https',
    nameOf: (kind, isSecure) => (isSecure ? NAMES[kind].secure : NAMES[kind].plain),
    read(request, kind) {
      const header = request.headers.cookie;
      if (header === undefined || header.length > MAX_HEADER_LENGTH) return null;
      return valueOf(header, cookies.nameOf(kind, cookies.isSecure(request)));
    },
    write: (kind, value, { isSecure, maxAgeSeconds }) =>
      write(kind, cookies.nameOf(kind, isSecure), value, maxAgeSeconds),
    clear: (kinds) =>
      kinds.flatMap((kind) => [NAMES[kind].plain, NAMES[kind].secure].map((name) => write(kind, name, '', 0))),
  };
  return cookies;
}

/** The value of a cookie; the first of several by one name, which is the one of the longest path. */
function valueOf(header: string, name: string): string | null {
  for (const part of header.split(';')) {
    const at = part.indexOf('=');
    if (at === -1 || part.slice(0, at).trim() !== name) continue;
    const value = part.slice(at + 1).trim();
    return value === '' ? null : value;
  }
  return null;
}
