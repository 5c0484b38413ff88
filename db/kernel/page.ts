import type { ReadPool } from './read-pool.ts';
import { type Fragment, type Query, sql } from './sql.ts';

/** A slice of a list and how many rows the whole list has. */
export interface Page<Row> {
  readonly rows: readonly Row[];
  readonly total: number;
}

export interface PageRequest {
  readonly limit: number;
  readonly offset: number;
}

/**
 * Reads a slice whose rows carry `total` from `count(*) OVER ()`. Measured on lists of tens to hundreds of rows the
 * window adds nothing that a second query would not cost twice; lists that grow without bound count separately. Only a
 * slice past the end has no row to carry the total, so only that one asks again.
 */
export async function readPage<Row extends object>(
  reads: ReadPool,
  workspaceIds: readonly string[],
  query: Query,
  request: PageRequest,
  count: () => Query,
): Promise<Page<Row>> {
  const found = await reads.any<Row & { total?: number }>(workspaceIds, query);
  const total = found[0]?.total;
  if (total === undefined) {
    if (request.offset === 0) return { rows: [], total: 0 };
    const counted = await reads.maybeOne<{ total: number }>(workspaceIds, count());
    return { rows: [], total: counted?.total ?? 0 };
  }
  return { rows: found, total };
}

/** `LIMIT … OFFSET …`. */
export function slice(request: PageRequest): Fragment {
  const { limit, offset } = request;
  return offset === 0 ? sql.limit(limit) : sql.fragment`${sql.limit(limit)} OFFSET ${offset}`;
}
