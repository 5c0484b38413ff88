import { z } from 'zod';

/** `limit`, `offset` and `cursor` of lists; query values arrive as text. */
export function pageQuery(options: { defaultLimit: number; maxLimit?: number }) {
  return {
    limit: z.coerce
      .number()
      .int()
      .min(1)
      .max(options.maxLimit ?? 100)
      .default(options.defaultLimit)
      .describe('most items to return'),
    offset: z.coerce.number().int().min(0).max(1_000_000).default(0).describe('items to skip'),
    cursor: z
      .string()
      .min(1)
      .max(1_024)
      .optional()
      .describe('from `Link` of the page before: nothing comes twice or is left out, whatever is added or removed'),
  };
}

/** A list that says how long it is. */
export const listOf = <Item extends z.ZodType>(item: Item) =>
  z.object({ items: z.array(item), total: z.int(), limit: z.int(), offset: z.int() });

/** `X-Total-Count` and RFC 8288 `Link` of a slice of a list. The list goes on at a cursor where it has one. */
export function pageHeaders(
  url: string,
  page: { readonly limit: number; readonly offset: number; readonly cursor?: string | undefined },
  { total, next }: { readonly total: number; readonly next?: string | null },
): Record<string, string> {
  const headers: Record<string, string> = { 'x-total-count': String(total) };
  const links: string[] = [];
  const link = (rel: string, name: 'offset' | 'cursor', value: string): void => {
    const [path, query] = url.split('?', 2);
    const params = new URLSearchParams(query);
    params.set('limit', String(page.limit));
    // Other ways to say where, and this one as it was.
    for (const other of ['page', 'offset', 'cursor']) params.delete(other);
    params.set(name, value);
    links.push(`<${path}?${params.toString()}>; rel="${rel}"`);
  };
  const after = page.offset + page.limit;
  if (page.cursor !== undefined || after < total) {
    if (typeof next === 'string') link('next', 'cursor', next);
    else if (next === undefined && page.cursor === undefined) link('next', 'offset', String(after));
  }
  if (page.offset > 0) link('prev', 'offset', String(Math.max(0, page.offset - page.limit)));
  if (links.length > 0) headers.link = links.join(', ');
  return headers;
}

/** The same of an answer that tells in its body which slice it is. */
export function pageHeadersOf(url: string, body: unknown): Record<string, string> {
  if (typeof body !== 'object' || body === null || !('total' in body && 'limit' in body && 'offset' in body)) return {};
  const { total, limit, offset } = body;
  if (typeof total !== 'number' || typeof limit !== 'number' || typeof offset !== 'number') return {};
  return pageHeaders(url, { limit, offset }, { total });
}
