import type { Database } from '../../../db/kernel/database.ts';
import { type InstanceKeyRow, listKeysOf } from '../../../db/instance/keys/instance-keys.ts';
import type { KeyPurpose, PublicJwk } from '../../../domain/instance/keys/instance-key.ts';
import { systemActor } from '../../../domain/kernel/access/authority.ts';
import type { KeyRing } from '../../../platform/crypto/key-ring.ts';
import { generateSigningKey, importSigningKey, type SigningKey } from '../../../platform/crypto/signing-keys.ts';
import { ensureKey, sealContextOf } from './key-commands.ts';

/** How long another process's rotation may go unnoticed here. */
const REMEMBER_MS = 10_000;
/** A thumbprint: nothing else is ever looked up. */
const KID = /^[A-Za-z0-9_-]{43}$/;

export interface Signer {
  readonly kid: string;
  readonly privateKey: SigningKey;
  readonly publicJwk: PublicJwk;
}

export interface SigningKeys {
  /** The key that signs now; it is made when there is none. */
  current(): Promise<Signer>;
  /** Whether `verifier` will answer without a look at the database. */
  knows(kid: string): boolean;
  /** The public half of a key of this purpose that counts now; null for every other name. */
  verifier(kid: string): Promise<SigningKey | null>;
}

interface Loaded {
  readonly atMs: number;
  readonly rows: readonly InstanceKeyRow[];
  readonly publicKeys: ReadonlyMap<string, { readonly key: SigningKey; readonly untilMs: number }>;
  /** Opened when something is first signed. */
  signer: Promise<Signer> | null;
}

/** The instance's keys of one purpose as this process knows them: read anew after ten seconds, or for a new name. */
export function createSigningKeys(deps: {
  readonly database: Pick<Database, 'systemReads' | 'systemTransaction'>;
  readonly keyRing: Pick<KeyRing, 'seal' | 'open'>;
  readonly purpose: KeyPurpose;
  readonly nowMs?: () => number;
}): SigningKeys {
  const { database, keyRing, purpose } = deps;
  const nowMs = deps.nowMs ?? Date.now;
  let loaded: Loaded | null = null;
  let loading: Promise<Loaded> | null = null;

  async function read(): Promise<Loaded> {
    const atMs = nowMs();
    const rows = await listKeysOf(database.systemReads, purpose);
    const publicKeys = await Promise.all(
      rows.map(async ({ id, public_jwk, verifies_until }) => {
        const untilMs = verifies_until === null ? Number.POSITIVE_INFINITY : Date.parse(verifies_until);
        return [id, { key: await importSigningKey(public_jwk), untilMs }] as const;
      }),
    );
    loaded = { atMs, rows, publicKeys: new Map(publicKeys), signer: null };
    return loaded;
  }

  /** Calls at the same moment share one look. */
  function reload(): Promise<Loaded> {
    loading ??= read().finally(() => {
      loading = null;
    });
    return loading;
  }

  const isFresh = (one: Loaded | null): one is Loaded => one !== null && nowMs() - one.atMs < REMEMBER_MS;
  const newest = async (): Promise<Loaded> => (isFresh(loaded) ? loaded : reload());

  async function open({ id: kid, public_jwk: publicJwk, sealed_private: sealed }: InstanceKeyRow): Promise<Signer> {
    const privateKey = await importSigningKey(JSON.parse(keyRing.open(sealed ?? '', sealContextOf(kid))) as object);
    return { kid, privateKey, publicJwk };
  }

  return {
    async current() {
      let keys = await newest();
      if (keys.rows[0]?.sealed_private == null) {
        const key = await generateSigningKey();
        await database.systemTransaction({}, (tx) => ensureKey(tx, { purpose, key, ring: keyRing }, systemActor()));
        keys = await read();
      }
      const [row] = keys.rows;
      if (row === undefined) throw new Error(`the instance has no key for ${purpose}`);
      keys.signer ??= open(row);
      return keys.signer;
    },
    knows: (kid) => isFresh(loaded) && loaded.publicKeys.has(kid),
    async verifier(kid) {
      if (!KID.test(kid)) return null;
      let keys = await newest();
      // Another process signs with a newer key. What others began to read may be older than that.
      if (!keys.publicKeys.has(kid)) keys = await read();
      const found = keys.publicKeys.get(kid);
      return found === undefined || found.untilMs <= nowMs() ? null : found.key;
    },
  };
}
