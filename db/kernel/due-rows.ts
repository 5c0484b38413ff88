import type { DueRow } from '../../platform/queues/row-queue.ts';
import type { ReadPool } from './read-pool.ts';
import { type Fragment, sql } from './sql.ts';

const PAGE = 500;

/** What a {@link DueRow} is read from; `due` is the column that says when. */
export function dueColumns(due: Fragment): Fragment {
  return sql.fragment`id, floor(extract(epoch FROM ${due}) * 1000)::bigint AS "dueAtMs",
    ceil(extract(epoch FROM ${due} - clock_timestamp()) * 1000)::bigint AS "dueInMs", ${due}::text AS due_key`;
}

/** Due rows in the order of their time, a page after the other. `query` filters by what it is given, and sorts. */
export async function* duePages(
  systemReads: ReadPool,
  query: (after: (due: Fragment) => Fragment) => Fragment,
): AsyncGenerator<readonly DueRow[]> {
  let last: (DueRow & { readonly due_key: string }) | undefined;
  for (;;) {
    const after = (due: Fragment) =>
      last === undefined ? sql.fragment`true` : sql.fragment`(${due}, id) > (${last.due_key}::timestamptz, ${last.id})`;
    const page = await systemReads.any<DueRow & { readonly due_key: string }>(
      [],
      sql`${query(after)} ${sql.limit(PAGE)}`,
    );
    if (page.length > 0) yield page;
    if (page.length < PAGE) return;
    last = page.at(-1);
  }
}
