import type { Config } from '../config/config.ts';
import { createInternalTokens, deriveMaster, type InternalTokens } from './internal-tokens.ts';

/** The master of this instance: set, or derived from the encryption key. With neither it refuses to start. */
export function loadInternalTokens(config: Pick<Config, 'CREWSHIP_INTERNAL_TOKEN' | 'ENCRYPTION_KEY'>): InternalTokens {
  if (config.CREWSHIP_INTERNAL_TOKEN !== undefined) return createInternalTokens([config.CREWSHIP_INTERNAL_TOKEN]);
  if (config.ENCRYPTION_KEY !== undefined) return createInternalTokens([deriveMaster(config.ENCRYPTION_KEY)]);
  throw new Error('CREWSHIP_INTERNAL_TOKEN or ENCRYPTION_KEY must be set: the internal API has no token without them');
}
