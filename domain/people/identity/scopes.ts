/** Resources that a token's scopes may name, of both façades; each family of routes asks for one of them. */
const SCOPE_RESOURCES = [
  'admin',
  'agents',
  'approvals',
  'artifacts',
  'auth',
  'chat',
  'credentials',
  'crews',
  'escalations',
  'eval',
  'integrations',
  'issues',
  'jobs',
  'journal',
  'knowledge',
  'missions',
  'notifications',
  'paymaster',
  'projects',
  'review',
  'runs',
  'sessions',
  'settings',
  'skills',
  'tasks',
  'testing',
  'tokens',
  'webhooks',
  'workspace',
] as const;
export type ScopeResource = (typeof SCOPE_RESOURCES)[number];

/** A right to decide in a person's name: no other scope, `*` included, contains it. */
const DECIDE = 'approvals:decide';

/** `*`, or `<resource>:read|write|*`, or `workspace:admin`, or `approvals:decide`. */
export const SCOPE_PATTERN = new RegExp(
  `^(\\*|(${SCOPE_RESOURCES.join('|')}):(read|write|\\*)|workspace:admin|${DECIDE})$`,
);

function covers(held: string, needed: string): boolean {
  if (held === needed) return true;
  if (needed === DECIDE) return false;
  if (held === '*') return true;
  const [heldResource, heldLevel] = held.split(':');
  const [neededResource, neededLevel] = needed.split(':');
  if (heldResource !== neededResource) return false;
  if (heldLevel === '*' || heldLevel === 'admin') return true;
  return heldLevel === 'write' && neededLevel === 'read';
}

/** Whether a credential with these scopes may do what `needed` names. `null` scopes are the full role. */
export function scopesAllow(scopes: readonly string[] | null, needed: string): boolean {
  return scopes === null || scopes.some((held) => covers(held, needed));
}

/** Whether every right of `narrow` is in `wide`: a token never makes a token wider than itself. */
export function scopesWithin(narrow: readonly string[] | null, wide: readonly string[] | null): boolean {
  if (wide === null) return true;
  if (narrow === null) return false;
  return narrow.every((scope) => scopesAllow(wide, scope));
}
