import { createHmac } from 'node:crypto';
import type { Config } from '../config/config.ts';
import { createInternalTokens, deriveMaster, type InternalTokens } from './internal-tokens.ts';

type KeySettings = Pick<Config, 'CREWSHIP_INTERNAL_TOKEN' | 'CREWSHIP_INTERNAL_TOKEN_PREVIOUS' | 'ENCRYPTION_KEY'>;

const SOCKET_TOKEN_CONTEXT = 'crewship socket-token key derivation v1';

/** The key that signs socket tokens: of the instance, so that any process of it accepts what another one issued. */
export function loadSocketTokenKey(config: KeySettings): Buffer {
  return createHmac('sha256', loadMaster(config)).update(SOCKET_TOKEN_CONTEXT).digest();
}

/**
 * The master of this instance: set, or derived from the encryption key. With neither it refuses to start. Tokens of the
 * previous master are accepted as long as it is named.
 */
export function loadInternalTokens(config: KeySettings): InternalTokens {
  const previous = loadPrevious(config);
  return createInternalTokens(previous === null ? [loadMaster(config)] : [loadMaster(config), previous]);
}

function loadPrevious({ CREWSHIP_INTERNAL_TOKEN_PREVIOUS: previous, ENCRYPTION_KEY: key }: KeySettings): string | null {
  if (previous === undefined) return null;
  if (previous !== 'derived') return previous;
  if (key === undefined) throw new Error('CREWSHIP_INTERNAL_TOKEN_PREVIOUS is derived, but there is no ENCRYPTION_KEY');
  return deriveMaster(key);
}

function loadMaster(config: KeySettings): string {
  if (config.CREWSHIP_INTERNAL_TOKEN !== undefined) return config.CREWSHIP_INTERNAL_TOKEN;
  if (config.ENCRYPTION_KEY !== undefined) return deriveMaster(config.ENCRYPTION_KEY);
  throw new Error('CREWSHIP_INTERNAL_TOKEN or ENCRYPTION_KEY must be set: tokens are signed with what they give');
}
