import { type Fragment, sql } from '../../kernel/sql.ts';
import type { SightIds } from '../namespaces/reach.ts';

const idsOf = (ids: readonly string[]) => sql.array([...ids], 'text');

/** Entries `alias` that search, retrieval and agents find: of these namespaces, published and not hidden. */
export function findable(alias: string, reads: readonly string[]): Fragment {
  const column = (name: string) => sql.identifier([alias, name]);
  return sql.fragment`(${column('namespace_id')} = ANY (${idsOf(reads)})
    AND ${column('status')} IN ('published', 'stale') AND ${column('visibility')} = 'visible')`;
}

/** Entries `alias` that somebody sees: all of the namespaces that they write, and of others what is to be found. */
export function inSight(alias: string, { reads, writes }: SightIds): Fragment {
  return sql.fragment`(${sql.identifier([alias, 'namespace_id'])} = ANY (${idsOf(writes)})
    OR ${findable(alias, reads)})`;
}
