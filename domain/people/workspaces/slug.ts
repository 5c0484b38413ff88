/** `^[a-z0-9][a-z0-9_-]*$`, 2 to 50 characters (docs/contracts/http.md, Ids). */
export const SLUG_PATTERN = /^[a-z0-9][a-z0-9_-]{1,49}$/;

/** Words that are, or are bound to become, path segments where a slug could stand. */
const RESERVED = new Set([
  'agent-card',
  'agent-load',
  'all',
  'count',
  'crews-status',
  'hire',
  'insights',
  'lookup',
  'me',
  'new',
  'null',
  'self',
  'stream',
  'templates',
  'undefined',
]);

/** CUIDs, UUIDs and prefixed hex ids: such a slug could shadow a row's id wherever a reference may be either. */
const ID_SHAPED =
  /^(c[a-z0-9]{24}|[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}|[a-z]{1,4}_[0-9a-f]{16})$/;

/** Why this slug may not be given to a new row; null when it may. */
export function slugRefusal(slug: string): string | null {
  if (!SLUG_PATTERN.test(slug)) return 'must be 2 to 50 of a-z, 0-9, _ and -, starting with a letter or digit';
  if (RESERVED.has(slug)) return 'is a reserved word';
  if (ID_SHAPED.test(slug)) return 'must not look like an id';
  return null;
}

/**
 * A slug from a name; `suffix` makes a second choice. Names without a usable letter, reserved and id-shaped results
 * fall back to `fallback`.
 */
export function slugFromName(name: string, fallback: string, suffix = ''): string {
  const tail = suffix === '' ? '' : `-${suffix}`;
  const base = name
    .normalize('NFKD')
    .replace(/[\u0300-\u036f'’]/g, '')
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-+|-+$/g, '')
    .slice(0, 50 - tail.length)
    .replace(/-+$/, '');
  const slug = (slugRefusal(base) === null ? base : fallback) + tail;
  return slug;
}
