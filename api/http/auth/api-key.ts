import { randomBytes } from 'node:crypto';
import { newId } from '../../../platform/ids/ids.ts';
import { hashToken } from './cli-token.ts';

export const API_KEY_PATTERN = /^crewos_[a-z0-9]{25}_[0-9a-f]{64}$/;

/**
 * A new API key: shown once, stored as its hash. It names its row, so that people find a key that turns up somewhere;
 * `prefix` is that part of it.
 */
export function newApiKey(): { id: string; key: string; hash: Buffer; prefix: string } {
  const id = newId();
  const prefix = `crewos_${id}`;
  const key = `${prefix}_${randomBytes(32).toString('hex')}`;
  return { id, key, hash: hashToken(key), prefix };
}
