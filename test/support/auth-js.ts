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

const require = createRequire(import.meta.url);

/** Typed here: its own types bring a browser's, which then stand for Node's in every other file. */
export const authJs = require('@auth/core/jwt') as AuthJsJwt;
