import { createHmac, randomBytes } from 'node:crypto';
import { CrewshipError } from '../../../domain/kernel/errors/crewship-error.ts';

export const ADMIN_TOKEN_PATTERN = /^crewship_admin_[0-9a-f]{64}$/;

/** Tokens of the tier ADMIN, stored as a MAC: who has the table alone cannot try tokens against it. */
export interface AdminTokens {
  /** A new one. Throws `unavailable` where the instance has no key for them. */
  make(): { readonly token: string; readonly hash: Buffer; readonly prefix: string };
  /** What it is stored as. Throws `unavailable` as well. */
  hash(token: string): Buffer;
}

export function createAdminTokens(keyHex: string | undefined): AdminTokens {
  function hash(token: string): Buffer {
    if (keyHex === undefined) {
      throw new CrewshipError(
        'unavailable',
        'CREWSHIP_ADMIN_TOKEN_KEY is not set: there are no tokens of the tier ADMIN',
      );
    }
    return createHmac('sha256', Buffer.from(keyHex, 'hex')).update(token).digest();
  }
  return {
    hash,
    make() {
      const token = `crewship_admin_${randomBytes(32).toString('hex')}`;
      return { token, hash: hash(token), prefix: token.slice(0, 23) };
    },
  };
}
