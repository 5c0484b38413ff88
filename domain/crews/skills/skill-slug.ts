import { slugRefusal } from '../../people/workspaces/slug.ts';

/** Segments of paths beside which a skill's slug stands. */
const RESERVED = new Set(['discovery', 'proposed']);

/** Why this slug may not be given to a skill; null when it may. */
export function skillSlugRefusal(slug: string): string | null {
  return RESERVED.has(slug) ? 'is a reserved word' : slugRefusal(slug);
}
