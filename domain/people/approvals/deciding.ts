import { isInteractive, type Principal } from '../../kernel/access/authority.ts';

/** The right to decide in a person's name, which no other scope contains. */
export const DECIDE_SCOPE = 'approvals:decide';

/** A person who signed in, a token that was made to decide for one, or a key that was not. */
export type HowDecides = 'person' | 'token' | 'neither';

/** What a caller is where people decide: full rights of a role are no such right. */
export function howDecides({ method, scopes }: Pick<Principal, 'method' | 'scopes'>): HowDecides {
  if (isInteractive(method)) return 'person';
  return scopes?.includes(DECIDE_SCOPE) === true ? 'token' : 'neither';
}
