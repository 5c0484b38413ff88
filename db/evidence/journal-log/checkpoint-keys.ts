import { verifierKey } from '../../../platform/merkle/note-key.ts';
import { listKeysOf } from '../../instance/keys/instance-keys.ts';
import type { ReadPool } from '../../kernel/read-pool.ts';

/** The keys that signed for a log and still count, the one that signs now first, as verifiers of notes take them. */
export async function readVerifierKeys(systemReads: ReadPool, origin: string): Promise<string[]> {
  const keys = await listKeysOf(systemReads, 'journal_checkpoint');
  return keys.map(({ public_jwk: jwk }) => verifierKey(origin, Buffer.from(jwk.x, 'base64url')));
}
