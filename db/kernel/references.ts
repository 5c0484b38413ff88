import { CrewshipError, notFound } from '../../domain/kernel/errors/crewship-error.ts';

/**
 * Picks the row a reference names from candidates that match it by id, slug or case-insensitive name: an exact id wins,
 * then a slug, then a name that is the only one. Throws `not_found` or `ambiguous_reference`.
 */
export function pickReference<Row extends { readonly id: string; readonly slug: string }>(
  what: string,
  ref: string,
  candidates: readonly Row[],
): Row {
  const exact = candidates.find((row) => row.id === ref) ?? candidates.find((row) => row.slug === ref);
  if (exact !== undefined) return exact;
  const [only, second] = candidates;
  if (only === undefined) throw notFound(what);
  if (second !== undefined) {
    throw new CrewshipError('ambiguous_reference', `more than one ${what} has this name; use its id or slug`);
  }
  return only;
}
