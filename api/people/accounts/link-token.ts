import { randomBytes } from 'node:crypto';
import { hashToken } from '../../http/auth/cli-token.ts';

/** What a link holds; stored as its hash. */
export const LINK_TOKEN = /^[0-9a-f]{64}$/;

/** A token for a link that counts once. */
export function newLinkToken(): { readonly token: string; readonly tokenHash: Buffer } {
  const token = randomBytes(32).toString('hex');
  return { token, tokenHash: hashToken(token) };
}
