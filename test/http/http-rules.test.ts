import { connect } from 'node:net';
import { expect, test } from 'vitest';
import { ProbeFailure } from '../../api/instance/health/check-readiness.ts';
import { startTestApi } from '../support/test-api.ts';
import { perFile } from '../support/world/per-file.ts';

let temporalIsUp = true;
let postgresIsUp = true;

const probe = (name: string, required: boolean, isUp: () => boolean) => ({
  name,
  required,
  budgetMs: 500,
  check: async () => {
    if (!isUp()) throw new ProbeFailure('away');
  },
});
const api = perFile(() =>
  startTestApi({
    probes: [probe('postgres', true, () => postgresIsUp), probe('temporal', false, () => temporalIsUp)],
  }),
);
const owner = perFile(() => api.addOwner());

function post(payload: string, headers: Record<string, string> = { 'content-type': 'application/json' }) {
  return api.call(owner.token, { method: 'POST', url: '/api/v1/crews', headers, payload });
}

test('every refusal is a problem document with the request’s id', async () => {
  const response = await api.call(owner.token, {
    method: 'GET',
    url: '/api/v1/crews/none?secret=1',
    headers: { 'x-request-id': 'my-request-1' },
  });
  expect(response.statusCode).toBe(404);
  expect(response.headers['content-type']).toBe('application/problem+json');
  expect(response.headers['x-request-id']).toBe('my-request-1');
  expect(response.json()).toEqual({
    type: 'urn:crewship:problem:not_found',
    title: 'Not found',
    status: 404,
    detail: 'crew not found',
    instance: '/api/v1/crews/none',
    code: 'not_found',
    request_id: 'my-request-1',
  });
});

test('a request id that is not a plain token is replaced', async () => {
  const given = await api.call(null, { method: 'GET', url: '/api/health', headers: { 'x-request-id': 'short' } });
  expect(given.headers['x-request-id']).toMatch(/^req_[A-Za-z0-9_-]{12}$/);
  expect(given.body).toBe('{"status":"ok"}');
});

test('malformed JSON, prototype keys, too large and other types are refused', async () => {
  for (const text of ['{', '{"name":}', '[1,', 'nul', '{"__proto__":{"a":1},"name":"x"}']) {
    expect((await post(text)).statusCode, text).toBe(400);
  }
  expect((await post('')).json()).toMatchObject({ status: 400, code: 'invalid_request' });
  const large = await post(JSON.stringify({ name: 'x'.repeat(1_048_576) }));
  expect(large.json()).toMatchObject({ status: 413, code: 'payload_too_large' });
  for (const type of ['text/plain', 'application/x-www-form-urlencoded', 'multipart/form-data; boundary=x']) {
    expect((await post('name=x', { 'content-type': type })).json()).toMatchObject({ status: 415 });
  }
  expect((await post('['.repeat(100_000) + ']'.repeat(100_000))).statusCode).toBe(400);
});

test('an unknown route is a 404, a known path with another method a 405 that names the right ones', async () => {
  expect((await api.call(null, { method: 'GET', url: '/api/v1/nothing' })).json()).toMatchObject({ status: 404 });
  const wrong = await api.call(null, { method: 'DELETE', url: '/api/v1/crews' });
  expect(wrong.json()).toMatchObject({ status: 405, code: 'method_not_allowed' });
  expect(wrong.headers.allow).toBe('GET, HEAD, POST');
  expect((await api.call(null, { method: 'POST', url: '/api/v1/crews/some' })).headers.allow).toBe(
    'DELETE, GET, HEAD, PATCH, PUT',
  );
  expect((await api.call(null, { method: 'GET', url: `/api/v1/crews/${'x'.repeat(600)}` })).statusCode).toBe(404);
});

test('a method that no route has is a 405 on a known path, whatever its body, and a 404 elsewhere', async () => {
  const send = (method: string, url: string, type?: string) =>
    api.call(owner.token, {
      method: method as 'GET',
      url,
      ...(type === undefined ? {} : { headers: { 'content-type': type }, payload: '{' }),
    });
  for (const method of ['QUERY', 'PROPFIND', 'MKCOL', 'TRACE']) {
    for (const type of [undefined, 'application/json', 'text/plain']) {
      expect((await send(method, '/api/v1/crews', type)).statusCode, `${method} with ${type}`).toBe(405);
      expect((await send(method, '/api/v1/nothing', type)).statusCode, `${method} with ${type}`).toBe(404);
    }
  }
  expect((await send('POST', '/api/v1/nothing', 'application/json')).statusCode).toBe(404);
});

test('paths that are not text are refused', async () => {
  expect((await owner.send('GET', '/api/v1/crews/%zz')).json()).toMatchObject({
    status: 400,
  });
  expect((await owner.send('GET', '/api/v1/crews/a%00b')).json()).toMatchObject({
    status: 400,
  });
  expect((await owner.send('GET', '/api/v1/agents?crew_id=a%00b')).json()).toMatchObject({
    status: 400,
  });
});

test('bytes that are not HTTP get a problem document and a closed socket', async () => {
  await api.server.listen({ host: '127.0.0.1', port: 0 });
  const address = api.server.server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  const text = await new Promise<string>((resolve, reject) => {
    const socket = connect(address.port, '127.0.0.1', () => socket.write('NONSENSE\r\n\r\n'));
    let received = '';
    socket.on('data', (chunk) => {
      received += chunk.toString();
    });
    socket.on('close', () => resolve(received));
    socket.on('error', reject);
  });
  expect(text).toMatch(/^HTTP\/1\.1 400 /);
  expect(text).toContain('application/problem+json');
});

test('unknown query parameters are ignored and wrong ones are refused with their name', async () => {
  const url = '/api/v1/crews';
  expect((await owner.send('GET', `${url}?colour=blue`)).statusCode).toBe(200);
  for (const query of ['limit=0', 'limit=101', 'limit=x', 'offset=-1', 'limit=1&limit=2']) {
    const response = await owner.send('GET', `${url}?${query}`);
    expect(response.statusCode, query).toBe(400);
    expect(response.json<{ errors: { path: string }[] }>().errors[0]!.path).toBe(query.split('=')[0]);
  }
});

test('readiness is 200 degraded without Temporal and 503 without Postgres', async () => {
  const ready = () => api.call(null, { method: 'GET', url: '/health/ready' });
  expect((await ready()).json()).toMatchObject({ status: 'ok' });
  temporalIsUp = false;
  const degraded = await ready();
  expect([degraded.statusCode, degraded.json<{ status: string }>().status]).toEqual([200, 'degraded']);
  expect(degraded.json()).toMatchObject({ checks: { temporal: { status: 'down', ms: expect.any(Number) as number } } });
  expect((await api.call(null, { method: 'GET', url: '/health' })).json()).toMatchObject({ status: 'degraded' });
  postgresIsUp = false;
  expect((await ready()).statusCode).toBe(503);
  expect((await api.call(null, { method: 'GET', url: '/health/live' })).statusCode).toBe(200);
});
