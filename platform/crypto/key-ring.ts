import { createCipheriv, createDecipheriv, createHmac, randomBytes } from 'node:crypto';

/** What a ciphertext belongs to: it opens nowhere else. */
export interface SealContext {
  readonly workspaceId: string;
  /** The row that holds it. */
  readonly ownerId: string;
  /** Which of the row's secrets it is. */
  readonly field: string;
}

/** A ciphertext that this ring cannot open: its key is not in the ring, it was changed, or it belongs elsewhere. */
export class SealError extends Error {}

/** The keys of an instance, by version; the highest seals, all of them open. */
export interface KeyRing {
  /** Every ciphertext sealed now begins with it: `v2:`. */
  readonly currentPrefix: string;
  /** `v<version>:base64(iv ‖ tag ‖ ciphertext)` (docs/contracts/credentials.md, Sealing). */
  seal(plaintext: string, context: SealContext): string;
  /** Throws {@link SealError}. */
  open(sealed: string, context: SealContext): string;
  /** A digest that tells nothing without the ring: for what must be compared and never read. */
  digest(text: string): Buffer;
  /**
   * A secret of its own for a purpose, one from each key of the ring, the newest first: the first makes, all of them
   * check.
   */
  secrets(purpose: string): readonly [string, ...string[]];
}

const KEY_BYTES = 32;
const IV_BYTES = 12;
const TAG_BYTES = 16;
const SEALED = /^v([1-9][0-9]{0,2}):([A-Za-z0-9+/]+={0,2})$/;
const DIGEST_CONTEXT = 'crewship keyed digest derivation v1';
const SECRET_CONTEXT = 'crewship purpose secret derivation v1';

/**
 * AES-256-GCM with a random 96-bit IV a ciphertext. Workspace, row, field and key version are authenticated with it, so
 * that whoever can write the table can neither move a secret to another row nor make it another kind.
 */
export function createKeyRing(keys: ReadonlyMap<number, Buffer>): KeyRing {
  const versions = [...keys.keys()].sort((a, b) => a - b);
  const first = versions[0];
  const current = versions.at(-1);
  if (first === undefined || current === undefined) throw new Error('a key ring has at least one key');
  for (const [version, key] of keys) {
    if (key.length !== KEY_BYTES) throw new Error(`encryption key v${version} is not ${KEY_BYTES} bytes long`);
  }
  const digestKey = createHmac('sha256', keys.get(first)!).update(DIGEST_CONTEXT).digest();

  return {
    currentPrefix: `v${current}:`,
    seal(plaintext, context) {
      const iv = randomBytes(IV_BYTES);
      const cipher = createCipheriv('aes-256-gcm', keys.get(current)!, iv);
      cipher.setAAD(authenticated(current, context));
      const ciphertext = Buffer.concat([cipher.update(plaintext, 'utf8'), cipher.final()]);
      return `v${current}:${Buffer.concat([iv, cipher.getAuthTag(), ciphertext]).toString('base64')}`;
    },
    open(sealed, context) {
      const [, versionText, encoded] = SEALED.exec(sealed) ?? [];
      const version = Number(versionText);
      const key = keys.get(version);
      if (encoded === undefined) throw new SealError('not a sealed value');
      if (key === undefined) throw new SealError(`encryption key v${version} is not in the ring`);
      const bytes = Buffer.from(encoded, 'base64');
      if (bytes.length < IV_BYTES + TAG_BYTES) throw new SealError('not a sealed value');
      const decipher = createDecipheriv('aes-256-gcm', key, bytes.subarray(0, IV_BYTES));
      decipher.setAAD(authenticated(version, context));
      decipher.setAuthTag(bytes.subarray(IV_BYTES, IV_BYTES + TAG_BYTES));
      try {
        return Buffer.concat([decipher.update(bytes.subarray(IV_BYTES + TAG_BYTES)), decipher.final()]).toString();
      } catch {
        throw new SealError('the sealed value was changed, or belongs to something else');
      }
    },
    digest: (text) => createHmac('sha256', digestKey).update(text).digest(),
    secrets(purpose) {
      const [newest, ...older] = versions
        .toReversed()
        .map((version) =>
          createHmac('sha256', keys.get(version)!).update([SECRET_CONTEXT, purpose].join('\0')).digest('hex'),
        );
      return [newest!, ...older];
    },
  };
}

function authenticated(version: number, { workspaceId, ownerId, field }: SealContext): Buffer {
  const parts = ['crewship sealed value v1', String(version), workspaceId, ownerId, field];
  // Joined, two different contexts could otherwise read the same.
  if (parts.some((part) => part.includes('\0'))) throw new SealError('a context holds NUL');
  return Buffer.from(parts.join('\0'));
}
