import { hash } from 'node:crypto';

const ED25519 = Buffer.from([0x0a, 0x01]);
const KEY_ID_BYTES = 4;

/** What a signature of a note says of its key: C2SP signed-note. */
export function keyIdOf(name: string, publicKey: Buffer): Buffer {
  return hash('sha256', Buffer.concat([Buffer.from(name), ED25519, publicKey]), 'buffer').subarray(0, KEY_ID_BYTES);
}

/** The key as verifiers of notes take it: `<name>+<id>+<base64>`. */
export function verifierKey(name: string, publicKey: Buffer): string {
  const key = Buffer.concat([ED25519.subarray(1), publicKey]).toString('base64');
  return `${name}+${keyIdOf(name, publicKey).toString('hex')}+${key}`;
}
