import http, { type RequestListener } from 'node:http';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { afterEach, expect, test } from 'vitest';
import { createGuardedClient } from '../guarded-http/guarded-client.ts';
import { createSearxngSearch } from '../web-search/searxng-search.ts';
import { fetchPage } from './fetch-page.ts';
import { createPageReader } from './page-reader.ts';
import { createRobotsRules } from './robots-rules.ts';

const closing: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

async function site(answer: RequestListener) {
  const asked: string[] = [];
  const server = http.createServer((request, response) => {
    asked.push(request.url!);
    answer(request, response);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  closing.push(() => {
    server.close();
    server.closeAllConnections();
  });
  const { port } = server.address() as AddressInfo;
  return { asked, url: `http://127.0.0.1:${port}`, place: { host: '127.0.0.1', port } };
}

/** Pages by their paths; what is not there is a 404. */
type Page = { readonly status?: number; readonly headers?: http.OutgoingHttpHeaders; readonly body?: string | Buffer };
function pages(all: Readonly<Record<string, Page>>): RequestListener {
  return (request, response) => {
    const { status = 200, headers = { 'content-type': 'text/html' }, body = '' } = all[request.url!] ?? { status: 404 };
    response.writeHead(status, headers).end(body);
  };
}

async function fetching(url: string, allowed: readonly { host: string; port: number }[], domains: string[] = []) {
  const client = createGuardedClient({ allowed });
  closing.push(() => client.close());
  const { signal } = new AbortController();
  const robots = createRobotsRules(client, 'w');
  const limits = { domains, limitCharacters: 2_000, share: 'w', signal };
  return fetchPage({ client, robots, reader: createPageReader({ timeoutMs: 3_000 }) }, { url, ...limits });
}

const article = `<p>${'The timeout of a checkout is ten seconds, as its users wait no longer. '.repeat(8)}</p>`;

test('a page is its article in blocks, and nothing of it is run', async () => {
  const body = `<html><head><title>On timeouts</title><script>globalThis.ran = 1</script></head><body><nav>Menu</nav>
    <article><h2>Why</h2>${article}<ul><li>one</li><li>two</li></ul><form>Sign up</form></article></body></html>`;
  const { url, place, asked } = await site(pages({ '/a': { body } }));
  const page = await fetching(`${url}/a`, [place]);
  expect(page).toMatchObject({ kind: 'page', url: `${url}/a`, title: 'On timeouts' });
  const { text } = page as { text: string };
  expect(text).toMatch(/## Why\n\nThe timeout of a checkout/);
  expect(text).toContain('\n- one\n- two');
  for (const unread of ['Menu', 'Sign up', 'globalThis']) expect(text).not.toContain(unread);
  expect(asked).toEqual(['/robots.txt', '/a']);
});

test('every place that a page leads to is judged: its address, its domain, its site’s rules', async () => {
  const inner = await site(pages({ '/secret': { body: article } }));
  const robots = { headers: { 'content-type': 'text/plain' }, body: 'User-agent: crewship\nDisallow: /private' };
  const to = (location: string) => ({ status: 302, headers: { location } });
  const { url, place } = await site(
    pages({
      '/robots.txt': robots,
      '/in': to(`${inner.url}/secret`),
      '/metadata': to('http://169.254.169.254/latest'),
      '/hidden': to('/private/a'),
      '/private/a': { body: article },
      '/round': to('/round'),
      '/file': to('file:///etc/passwd'),
      '/on': to('/well'),
      '/well': { body: article },
    }),
  );
  const outcome = async (path: string, domains?: string[]) => {
    const page = await fetching(`${url}${path}`, [place], domains);
    return page.kind === 'page' ? page.url : page.reason;
  };
  expect(await outcome('/in')).toBe('address');
  expect(inner.asked).toEqual([]);
  expect(await outcome('/metadata')).toBe('address');
  expect(await outcome('/hidden')).toBe('robots');
  expect(await outcome('/private/a')).toBe('robots');
  expect(await outcome('/round')).toBe('redirect');
  expect(await outcome('/file')).toBe('redirect');
  expect(await outcome('/well', ['example.com'])).toBe('domain');
  expect(await outcome('/on')).toBe(`${url}/well`);
});

test('a site that does not say who may read it is not read, and one without rules is', async () => {
  const { url, place } = await site(pages({ '/robots.txt': { status: 503 }, '/a': { body: article } }));
  expect(await fetching(`${url}/a`, [place])).toEqual({ kind: 'refused', reason: 'robots' });
});

test('what is no page, too large, or beyond reading is refused by its reason', async () => {
  const plain = { 'content-type': 'text/plain' };
  const { url, place } = await site(
    pages({
      '/pdf': { headers: { 'content-type': 'application/pdf' }, body: '%PDF' },
      '/gone': { status: 410 },
      '/large': { headers: plain, body: 'x'.repeat(10 * 1_024 * 1_024 + 1) },
      '/nothing': { body: '<html><body><script>x</script></body></html>' },
      '/deep': { body: '<div>'.repeat(100_000) },
      '/latin': { headers: { 'content-type': 'text/plain; charset=iso-8859-1' }, body: Buffer.from([0xfc, 0x62]) },
      '/odd': { headers: { 'content-type': 'text/plain; charset=nonsense' }, body: 'a\0b' },
      '/long': { headers: plain, body: 'y'.repeat(5_000) },
    }),
  );
  const outcome = async (path: string) => {
    const page = await fetching(`${url}${path}`, [place]);
    return page.kind === 'page' ? page.text : page.reason;
  };
  expect(await outcome('/pdf')).toBe('content_type');
  expect(await outcome('/gone')).toBe('status');
  expect(await outcome('/large')).toBe('too_large');
  expect(await outcome('/nothing')).toBe('empty');
  expect(['unreadable', 'empty']).toContain(await outcome('/deep'));
  expect(await outcome('/latin')).toBe('üb');
  expect(await outcome('/odd')).toBe('ab');
  expect(await outcome('/long')).toHaveLength(2_000);
});

test('a search gives what a server of its kind answers, and says where that is none', async () => {
  const said = JSON.stringify({
    results: [{ url: 'https://a.example/', title: 'A' }, 'odd', { url: 'https://b.example/' }],
  });
  const { url, place, asked } = await site((request, response) => {
    if (request.url!.startsWith('/broken')) return response.writeHead(200).end('<html>');
    response.writeHead(request.url!.includes('busy') ? 429 : 200).end(said);
  });
  const client = createGuardedClient({ allowed: [place] });
  closing.push(() => client.close());
  const search = createSearxngSearch(client);
  const { signal } = new AbortController();
  expect(await search.search('a & b', { baseUrl: `${url}/`, share: 'w', signal })).toEqual([
    { url: 'https://a.example/', title: 'A' },
    { url: 'https://b.example/', title: '' },
  ]);
  expect(asked).toEqual(['/search?q=a+%26+b&format=json']);
  for (const [query, baseUrl] of [
    ['busy', url],
    ['a', `${url}/broken`],
  ] as const) {
    await expect(search.search(query, { baseUrl, share: 'w', signal })).rejects.toMatchObject({
      code: 'egress_failed',
      extensions: { reason: 'answer' },
    });
  }
});

test('rules that would take for ever keep nobody, and count as a refusal', async () => {
  const rule = `Disallow: /${'*a'.repeat(500)}b`;
  const body = ['User-agent: *', ...Array.from({ length: 400 }, () => rule)].join('\n');
  const long = `/${'a'.repeat(2_000)}`;
  const { url, place } = await site(
    pages({ '/robots.txt': { headers: { 'content-type': 'text/plain' }, body }, [long]: { body: article } }),
  );
  let turns = 0;
  const turning = setInterval(() => (turns += 1), 10);
  closing.push(() => clearInterval(turning));
  expect(await fetching(`${url}${long}`, [place])).toMatchObject({ kind: 'refused', reason: 'robots' });
  expect(turns).toBeGreaterThan(10);
});
