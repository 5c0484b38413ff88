import type { Values } from './connection.ts';
import { LIST_MEMBERS } from './operations.ts';
import type { Exchange } from './request.ts';

/** What the answers of lists say beside their items, as far as they do. */
interface Page {
  readonly next_cursor?: unknown;
  readonly total?: unknown;
  readonly limit?: unknown;
  readonly offset?: unknown;
  readonly pagination?: { readonly page: number; readonly total_pages: number };
}

/**
 * The items of a list, page after page, each asked for when it is wanted. Pages are found by `Link` (`rel="next"`), by
 * `next_cursor`, by `pagination`, or by `total` and `offset`; a list that has none of these is whole.
 */
export async function* itemsOf(
  ask: (query: Values) => Promise<Exchange<unknown>>,
  first: Values,
): AsyncGenerator<unknown, undefined> {
  for (let query: Values | null = first; query !== null; ) {
    const page = await ask(query);
    const items = itemsIn(page.body);
    yield* items;
    query = items.length === 0 ? null : nextQuery(page, query, items.length);
  }
}

function itemsIn(body: unknown): readonly unknown[] {
  if (Array.isArray(body)) return body;
  for (const name of LIST_MEMBERS) {
    const member = (body as Readonly<Record<string, unknown>> | undefined)?.[name];
    if (Array.isArray(member)) return member;
  }
  throw new TypeError('the answer is not a page of a list');
}

function nextQuery({ headers, body }: Exchange<unknown>, query: Values, count: number): Values | null {
  const link = /<([^>]*)>;\s*rel="?next"?/.exec(headers.get('link') ?? '')?.[1];
  // What the link says replaces what was asked: its address may have lost what the API has no use for.
  if (link !== undefined) {
    const where = { offset: undefined, page: undefined, cursor: undefined };
    return { ...query, ...where, ...Object.fromEntries(new URL(link, 'http://unused').searchParams) };
  }
  const page = (Array.isArray(body) ? {} : body) as Page;
  if (typeof page.next_cursor === 'string') return { ...query, cursor: page.next_cursor };
  // What is read by cursor ends where no more is named.
  if (query.cursor !== undefined) return null;
  if (page.pagination !== undefined) {
    const { page: number, total_pages: pages } = page.pagination;
    return number < pages ? { ...query, page: number + 1, offset: undefined } : null;
  }
  if (typeof page.total !== 'number' || typeof page.offset !== 'number') return null;
  const offset = page.offset + count;
  return offset < page.total ? { ...query, offset } : null;
}
