import { createRequire } from 'node:module';

type Claims = Readonly<Record<string, unknown>>;
interface Secrets {
  readonly secret: readonly string[] | string;
  readonly salt: string;
}

/** What Auth.js makes and reads its cookies with. */
interface AuthJsJwt {
  encode(options: Secrets & { readonly token: Claims; readonly maxAge?: number }): Promise<string>;
  decode(options: Secrets & { readonly token: string }): Promise<Claims | null>;
}

/** What next-auth's pages call in a browser. */
interface NextAuthClient {
  getProviders(): Promise<Readonly<Record<string, { readonly id: string; readonly type: string }>> | null>;
  getSession(): Promise<{ readonly user?: { readonly email: string }; readonly expires?: string } | null>;
  signIn(
    provider: string,
    options: Readonly<Record<string, string | boolean>>,
  ): Promise<{ readonly ok: boolean; readonly error?: string; readonly url: string | null } | undefined>;
  signOut(options: Readonly<Record<string, string | boolean>>): Promise<{ readonly url: string } | undefined>;
}

/** What next-auth's servers read a request's session with. */
interface NextAuthJwt {
  getToken(options: {
    readonly req: { readonly headers: Headers };
    readonly secret: readonly string[];
    readonly secureCookie: boolean;
  }): Promise<Claims | null>;
}

const require = createRequire(import.meta.url);

/** Typed here: its own types bring a browser's, which then stand for Node's in every other file. */
export const authJs = require('@auth/core/jwt') as AuthJsJwt;

/** Of next-auth 5. Its peer `next` is overridden in package.json: nothing of it is used here, and it is large. */
export const nextAuth = require('next-auth/react') as NextAuthClient;
export const nextAuthJwt = require('next-auth/jwt') as NextAuthJwt;
