import { expect, test } from 'vitest';
import { createRequestLimiter } from '../../api/http/limits/request-limiter.ts';
import { startTestApi } from '../support/test-api.ts';
import { perFile } from '../support/world/per-file.ts';

const PAGE = 'https://app.example.com';

let requests = 0;
const counter = { count: () => ({ count: ++requests, endsInMs: 30_001 }) };
const api = perFile(() =>
  startTestApi({ allowedOrigins: [PAGE], requests: createRequestLimiter({ counter, perMinute: 1_000 }) }),
);
const owner = perFile(() => api.addOwner());

test('an answer is data to a browser and nothing else; the documents’ pages may run their own scripts', async () => {
  const { headers } = await owner.send('GET', '/api/v1/crews');
  expect(headers).toMatchObject({
    'x-content-type-options': 'nosniff',
    'x-frame-options': 'DENY',
    'cache-control': 'no-store',
    'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
  });
  expect(headers['strict-transport-security']).toBeUndefined();
  expect((await owner.send('GET', '/api/v1/none')).headers['x-content-type-options']).toBe('nosniff');
  const page = await api.call(null, { method: 'GET', url: '/docs/static/index.html' });
  expect(page.headers['content-security-policy']).toContain("'self'");
});

test('a page of an allowed origin may call, with cookies; of another the browser is told nothing', async () => {
  const ask = (origin: string, more: object = {}) =>
    api.call(null, { method: 'OPTIONS', url: '/api/v1/crews', headers: { origin, ...more } });
  const preflight = { 'access-control-request-method': 'POST', 'access-control-request-headers': 'authorization' };
  const allowed = await ask(PAGE, preflight);
  expect(allowed.statusCode).toBe(204);
  expect(allowed.headers).toMatchObject({
    'access-control-allow-origin': PAGE,
    'access-control-allow-credentials': 'true',
  });
  const foreign = await ask('https://evil.example.com', preflight);
  expect(foreign.headers['access-control-allow-origin']).toBeUndefined();
  const read = await api.call(owner.token, { method: 'GET', url: '/api/v1/crews', headers: { origin: PAGE } });
  expect(read.headers['access-control-expose-headers']).toContain('x-total-count');
});

test('what is left of the limit is told with each answer, and beyond it nothing is done', async () => {
  requests = 0;
  const { headers } = await owner.send('GET', '/api/v1/crews');
  expect(headers).toMatchObject({
    ratelimit: '"minute";r=999;t=31',
    'ratelimit-policy': '"minute";q=1000;w=60',
    'x-ratelimit-remaining': '999',
  });
  requests = 1_000;
  const refused = await owner.send('POST', '/api/v1/crews', { name: 'One too many', slug: 'one-too-many' });
  expect(refused.json()).toMatchObject({ status: 429, code: 'rate_limited' });
  expect(refused.headers).toMatchObject({ 'retry-after': '31', ratelimit: '"minute";r=0;t=31' });
  expect((await api.call(null, { method: 'GET', url: '/health/live' })).statusCode).toBe(200);
  requests = 0;
  expect((await owner.send('GET', '/api/v1/crews')).json()).toEqual([]);
});

test('an unchanged resource is a 304; of two who change what they read, the second is refused', async () => {
  const made = await owner.send('POST', '/api/v1/crews', { name: 'Read', slug: 'read' });
  const url = `/api/v1/crews/${made.json<{ id: string }>().id}`;
  const tag = String((await owner.send('GET', url)).headers.etag);
  expect(tag).toMatch(/^"[\w-]{22}"$/);
  const again = await api.call(owner.token, { method: 'GET', url, headers: { 'if-none-match': `"other", W/${tag}` } });
  expect([again.statusCode, again.body, again.headers.etag]).toEqual([304, '', tag]);

  const change = (name: string, match: string) =>
    api.call(owner.token, { method: 'PATCH', url, headers: { 'if-match': match }, payload: { name } });
  const both = await Promise.all([change('Mine', tag), change('Theirs', tag)]);
  expect(both.map(({ statusCode }) => statusCode).sort()).toEqual([200, 412]);
  const refused = both.find(({ statusCode }) => statusCode === 412);
  expect(refused?.json()).toMatchObject({ code: 'precondition_failed' });
  expect((await change('Weak', `W/${tag}`)).statusCode).toBe(412);
  expect((await change('Any', '*')).statusCode).toBe(200);
  expect((await owner.send('GET', url)).headers.etag).not.toBe(tag);
});

test('agents and credentials are guarded as crews are', async () => {
  const agent = await owner.send('POST', '/api/v1/agents', {
    ...{ name: 'Coder', slug: 'coder', agent_role: 'AGENT', cli_adapter: 'COMMAND', command: ['true'] },
  });
  const credential = await owner.send('POST', '/api/v1/credentials', { name: 'KEY', type: 'SECRET', value: 'v' });
  for (const [url, made] of [
    ['/api/v1/agents', agent],
    ['/api/v1/credentials', credential],
  ] as const) {
    const path = `${url}/${made.json<{ id: string }>().id}`;
    const tag = String((await owner.send('GET', path)).headers.etag);
    const change = (match: string) =>
      api.call(owner.token, { method: 'PATCH', url: path, headers: { 'if-match': match }, payload: { name: 'Other' } });
    expect((await change('"stale"')).statusCode, url).toBe(412);
    expect((await change(tag)).statusCode, url).toBe(200);
    expect((await change(tag)).statusCode, url).toBe(412);
  }
});

test('a write whose resource has no tags matches none, and changes nothing', async () => {
  const rename = (match: string, name: string) =>
    api.call(owner.token, {
      ...{ method: 'PATCH', url: '/api/v1/users/me', headers: { 'if-match': match } },
      payload: { full_name: name },
    });
  const refused = await rename('"a tag of long ago"', 'Overwritten');
  expect(refused.json()).toMatchObject({ status: 412, code: 'precondition_failed' });
  expect(await owner.get<object>(`/workspaces/${owner.workspaceId}/members`)).not.toMatchObject([
    { user: { full_name: 'Overwritten' } },
  ]);
  expect((await rename('*', 'Renamed')).statusCode).toBe(200);
});
