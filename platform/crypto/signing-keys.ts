import { calculateJwkThumbprint, type CryptoKey, exportJWK, generateKeyPair, importJWK } from 'jose';
import type { PublicJwk } from '../../domain/instance/keys/instance-key.ts';

/** The one algorithm of the instance's keys, whatever a token's header says. */
export const SIGNING_ALGORITHM = 'EdDSA';

/** A new key: its id is the thumbprint of its public half. `privateText` is for the key ring alone. */
export interface NewSigningKey {
  readonly kid: string;
  readonly publicJwk: PublicJwk;
  readonly privateText: string;
}

/** Makes an Ed25519 key. */
export async function generateSigningKey(): Promise<NewSigningKey> {
  const pair = await generateKeyPair(SIGNING_ALGORITHM, { crv: 'Ed25519', extractable: true });
  const { x } = await exportJWK(pair.publicKey);
  const publicJwk: PublicJwk = { kty: 'OKP', crv: 'Ed25519', x: x! };
  const kid = await calculateJwkThumbprint({ ...publicJwk }, 'sha256');
  return { kid, publicJwk, privateText: JSON.stringify(await exportJWK(pair.privateKey)) };
}

/** A half of a key, to sign or to verify with. */
export type SigningKey = CryptoKey;

export async function importSigningKey(jwk: object): Promise<SigningKey> {
  const key = await importJWK({ ...jwk }, SIGNING_ALGORITHM);
  if (key instanceof Uint8Array) throw new Error('a signing key is no shared secret');
  return key;
}
