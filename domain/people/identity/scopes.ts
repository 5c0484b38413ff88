/** Resources that a token's scopes may name. */
const SCOPE_RESOURCES = [
  'agents',
  'crews',
  'credentials',
  'escalations',
  'journal',
  'missions',
  'paymaster',
  'runs',
  'skills',
  'webhooks',
  'workspace',
] as const;

/** `*`, or `<resource>:read|write|*`, or `workspace:admin`. */
export const SCOPE_PATTERN = new RegExp(`^(\\*|(${SCOPE_RESOURCES.join('|')}):(read|write|\\*)|workspace:admin)$`);

function covers(held: string, needed: string): boolean {
  if (held === '*' || held === needed) return true;
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
