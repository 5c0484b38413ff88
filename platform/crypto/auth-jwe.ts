import { hkdfSync } from 'node:crypto';
import { base64url, calculateJwkThumbprint, EncryptJWT, errors, jwtDecrypt } from 'jose';

/** A text that is none of ours, was changed, is of another kind, or whose time is over. */
export class JweError extends Error {
  readonly isExpired: boolean;

  constructor(isExpired: boolean, cause: unknown) {
    super(isExpired ? 'its time is over' : 'none of ours', { cause });
    this.isExpired = isExpired;
  }
}

export interface AuthJwe {
  /** `salt` is the name of the cookie: what is sealed for one opens as no other. */
  seal(claims: Readonly<Record<string, string | null>>, salt: string, lifetimeSeconds: number): Promise<string>;
  /** Throws {@link JweError}. */
  open(text: string, salt: string): Promise<Readonly<Record<string, unknown>>>;
}

const ALGORITHM = 'dir';
const ENCRYPTION = 'A256CBC-HS512';
const KEY_BYTES = 64;
const MAX_LENGTH = 4_096;

/**
 * Compact JWEs as Auth.js makes and reads them: a key for each salt, derived from the secret by HKDF, and the key's
 * thumbprint as `kid`. The first secret seals, all of them open.
 */
export function createAuthJwe(secrets: readonly [string, ...string[]]): AuthJwe {
  interface Key {
    readonly kid: string;
    readonly bytes: Uint8Array;
  }
  const known = new Map<string, Promise<readonly [Key, ...Key[]]>>();

  async function derive(secret: string, salt: string): Promise<Key> {
    const info = `Auth.js Generated Encryption Key (${salt})`;
    const bytes = new Uint8Array(hkdfSync('sha256', secret, salt, info, KEY_BYTES));
    return { bytes, kid: await calculateJwkThumbprint({ kty: 'oct', k: base64url.encode(bytes) }, 'sha512') };
  }

  /** Salts are names that this program gives; there is a handful of them. */
  function keysOf(salt: string): Promise<readonly [Key, ...Key[]]> {
    const keys =
      known.get(salt) ??
      (Promise.all(secrets.map((secret) => derive(secret, salt))) as Promise<unknown> as Promise<[Key, ...Key[]]>);
    known.set(salt, keys);
    return keys;
  }

  return {
    async seal(claims, salt, lifetimeSeconds) {
      const [{ kid, bytes }] = await keysOf(salt);
      const issuedAt = Math.floor(Date.now() / 1_000);
      return new EncryptJWT({ ...claims })
        .setProtectedHeader({ alg: ALGORITHM, enc: ENCRYPTION, kid })
        .setIssuedAt(issuedAt)
        .setExpirationTime(issuedAt + lifetimeSeconds)
        .setJti(crypto.randomUUID())
        .encrypt(bytes);
    },
    async open(text, salt) {
      if (text.length > MAX_LENGTH) throw new JweError(false, undefined);
      const keys = await keysOf(salt);
      try {
        const { payload } = await jwtDecrypt(
          text,
          ({ kid }) => {
            const key = keys.find((one) => one.kid === kid);
            if (key === undefined) throw new Error('sealed with another key');
            return key.bytes;
          },
          {
            keyManagementAlgorithms: [ALGORITHM],
            contentEncryptionAlgorithms: [ENCRYPTION],
            requiredClaims: ['exp', 'jti'],
          },
        );
        return payload;
      } catch (error) {
        throw new JweError(error instanceof errors.JWTExpired, error);
      }
    },
  };
}
