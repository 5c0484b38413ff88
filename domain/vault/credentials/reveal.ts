import { type Role, roleAllows } from '../../kernel/access/authority.ts';
import { CrewshipError } from '../../kernel/errors/crewship-error.ts';
import type { Credential } from './credential.ts';

/** Of one person in a workspace, within {@link REVEAL_WINDOW_SECONDS}. */
export const MAX_REVEALS = 10;
export const REVEAL_WINDOW_SECONDS = 600;
export const MIN_REVEAL_REASON = 20;
export const MAX_REVEAL_REASON = 2_000;

/** From this tier on a value is shown to those who manage only. */
const MANAGED_LEVEL = 3;
const MIN_WORDS = 3;
const MIN_DISTINCT_CHARACTERS = 8;

/** Whether a reason is long and says nothing: the same key held down, one word again and again. */
export function isFiller(reason: string): boolean {
  const words = new Set(reason.toLowerCase().match(/\p{L}{2,}/gu));
  const characters = new Set(reason.toLowerCase().replace(/\s/gu, ''));
  return words.size < MIN_WORDS || characters.size < MIN_DISTINCT_CHARACTERS;
}

/**
 * Who may be shown a value, besides what the route and the workspace's switch ask for (docs/contracts/credentials.md,
 * Reveal). Throws `forbidden`.
 */
export function refuseReveal(
  credential: Pick<Credential, 'sensitivity' | 'security_level' | 'scope'>,
  caller: { readonly role: Role; readonly mayReveal: boolean; readonly isInItsCrews: boolean },
): void {
  const refuse = (why: string): never => {
    throw new CrewshipError('forbidden', why);
  };
  if (credential.sensitivity === 'SEALED') refuse('what is SEALED is shown to nobody: replace its value instead');
  if (!caller.mayReveal) refuse('this takes the capability credentials:reveal');
  if (roleAllows(caller.role, { action: 'manage' })) return;
  if (credential.sensitivity === 'RESTRICTED') refuse('what is RESTRICTED is shown to OWNER and ADMIN only');
  if (credential.security_level >= MANAGED_LEVEL) refuse('tiers 3 and 4 are shown to OWNER and ADMIN only');
  if (credential.scope !== 'CREW' || !caller.isInItsCrews) refuse('a MANAGER is shown what is of their own crews');
}
