import { z } from 'zod';

/** `limit` and `offset` of lists; query values arrive as text. */
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
  };
}

/** `X-Total-Count` and RFC 8288 `Link` of a slice of a list. */
export function pageHeaders(
  url: string,
  page: { readonly limit: number; readonly offset: number },
  total: number,
): Record<string, string> {
  const headers: Record<string, string> = { 'x-total-count': String(total) };
  const links: string[] = [];
  const link = (offset: number, rel: string): void => {
    const [path, query] = url.split('?', 2);
    const params = new URLSearchParams(query);
    params.set('limit', String(page.limit));
    params.set('offset', String(offset));
    // Another way to say the same, where there is one.
    params.delete('page');
    links.push(`<${path}?${params.toString()}>; rel="${rel}"`);
  };
  if (page.offset + page.limit < total) link(page.offset + page.limit, 'next');
  if (page.offset > 0) link(Math.max(0, page.offset - page.limit), 'prev');
  if (links.length > 0) headers.link = links.join(', ');
  return headers;
}

/** The same of an answer that tells in its body which slice it is. */
export function pageHeadersOf(url: string, body: unknown): Record<string, string> {
  if (typeof body !== 'object' || body === null || !('total' in body && 'limit' in body && 'offset' in body)) return {};
  const { total, limit, offset } = body;
  if (typeof total !== 'number' || typeof limit !== 'number' || typeof offset !== 'number') return {};
  return pageHeaders(url, { limit, offset }, total);
}
