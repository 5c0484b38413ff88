import { once } from 'node:events';
import { connect } from 'node:net';
import { text } from 'node:stream/consumers';
import { fastify, LogController } from 'fastify';
import { pino } from 'pino';
import { expect, test, vi } from 'vitest';
import { z } from 'zod';
import { systemActor } from '../../../domain/kernel/access/authority.ts';
import { createLogger } from '../../../platform/logging/logger.ts';
import { shedLoad } from '../limits/shed-load.ts';
import { createHttpServer } from './create-http-server.ts';
import { logSlowRequests } from './log-slow-requests.ts';
import { registerRoutes } from './register-routes.ts';
import { defineRoute, ok, type Route } from './route.ts';

const log = createLogger({ name: 'test', level: 'silent' });

/** A server of these public routes alone. */
function serve(routes: Route[], timings = { headersMs: 40, requestMs: 80, lookEveryMs: 20 }) {
  const server = createHttpServer({ log, routes, timings });
  const authorize = () =>
    Promise.resolve({ principal: null, workspace: null, memberWorkspaceIds: [], actor: systemActor() });
  return {
    server,
    register: () => registerRoutes(server, routes, { database: null!, keyRing: null!, authorize }),
  };
}

const named = (url: string, more: Partial<Route> = {}): Route => ({
  ...defineRoute({
    method: 'GET',
    url,
    operationId: url.slice(1),
    summary: url,
    tags: [],
    authority: { access: 'public' },
    responses: { 200: z.object({ at: z.string() }) },
    handler: () => ok({ at: url }),
  }),
  ...more,
});

test('a process with too much under way says so at once; probes are answered, and the place is given back', async () => {
  const gate = Promise.withResolvers<void>();
  const arrived = Promise.withResolvers<void>();
  const slow = named('/slow', {
    handler: async () => {
      arrived.resolve();
      await gate.promise;
      return ok({ at: '/slow' });
    },
  });
  const { server, register } = serve([slow, named('/fast'), named('/probe', { isProbe: true })]);
  shedLoad(server, { maxUnderWay: 1 });
  register();
  const first = server.inject('/slow');
  await arrived.promise;
  const refused = await server.inject('/fast');
  expect([refused.statusCode, refused.headers['retry-after']]).toEqual([503, '1']);
  expect((await server.inject('/probe')).statusCode).toBe(200);
  gate.resolve();
  expect((await first).statusCode).toBe(200);
  expect((await server.inject('/fast')).statusCode).toBe(200);
  await server.close();
});

test('one address that has all there is under way leaves others a place', async () => {
  const gate = Promise.withResolvers<void>();
  const full = Promise.withResolvers<void>();
  let underWay = 0;
  const { server, register } = serve([
    named('/slow', {
      handler: async () => {
        underWay += 1;
        if (underWay === 14) full.resolve();
        await gate.promise;
        return ok({ at: '/slow' });
      },
    }),
    named('/fast'),
  ]);
  shedLoad(server, { maxUnderWay: 16 });
  register();
  const flood = Array.from({ length: 20 }, () => server.inject({ url: '/slow', remoteAddress: '203.0.113.9' }));
  await full.promise;
  expect((await server.inject({ url: '/fast', remoteAddress: '203.0.113.9' })).statusCode).toBe(503);
  expect((await server.inject({ url: '/fast', remoteAddress: '203.0.113.10' })).statusCode).toBe(200);
  gate.resolve();
  const statuses = (await Promise.all(flood)).map(({ statusCode }) => statusCode).sort();
  expect(statuses).toEqual([...Array<number>(14).fill(200), ...Array<number>(6).fill(503)]);
  await server.close();
});

test('an operation that is to go tells since when, until when and what instead', async () => {
  const deprecated = { since: new Date('2026-01-01'), sunset: new Date('2027-01-01'), link: '/docs/new' };
  const { server, register } = serve([named('/old', { deprecated })]);
  register();
  expect((await server.inject('/old')).headers).toMatchObject({
    deprecation: '@1767225600',
    sunset: 'Fri, 01 Jan 2027 00:00:00 GMT',
    link: '</docs/new>; rel="deprecation"',
  });
  await server.close();
});

test('an answer that tells its slice in its body tells it in its headers too', async () => {
  const slice = z.object({ items: z.array(z.string()), total: z.int(), limit: z.int(), offset: z.int() });
  const { server, register } = serve([
    named('/slices', {
      responses: { 200: slice },
      handler: () => ok({ items: ['b'], total: 3, limit: 1, offset: 1 }),
    }),
    named('/other', { responses: { 200: z.object({ total: z.int() }) }, handler: () => ok({ total: 3 }) }),
  ]);
  register();
  const { headers } = await server.inject('/slices?page=2&limit=1&tag=x');
  expect(headers['x-total-count']).toBe('3');
  expect(headers.link).toBe(
    '</slices?limit=1&tag=x&offset=2>; rel="next", </slices?limit=1&tag=x&offset=0>; rel="prev"',
  );
  expect((await server.inject('/other')).headers['x-total-count']).toBeUndefined();
  await server.close();
});

test('a slow request is logged by its route and its trace, one that waits is not', async () => {
  const lines: Record<string, unknown>[] = [];
  const server = fastify({
    logController: new LogController({ disableRequestLogging: true }),
    logger: { level: 'warn', stream: { write: (line: string) => void lines.push(JSON.parse(line)) } },
  });
  // Everything takes longer than this.
  logSlowRequests(server, { slowMs: -1 });
  server.get('/crews/:crewId', () => 'done');
  server.get('/wait', { config: { isLongLived: true } }, () => 'done');
  const traceId = '4bf92f3577b34da6a3ce929d0e0e4736';
  await server.inject({ url: '/crews/secret', headers: { traceparent: `00-${traceId}-00f067aa0ba902b7-01` } });
  await server.inject('/wait');
  expect(lines).toEqual([
    expect.objectContaining({ route: '/crews/:crewId', trace_id: traceId, status: 200, method: 'GET' }),
  ]);
  await server.close();
});

test('a request that failed is logged by its id, its trace and its route; the caller is told the id alone', async () => {
  const lines: Record<string, unknown>[] = [];
  const stream = { write: (line: string) => void lines.push(JSON.parse(line) as Record<string, unknown>) };
  const routes = [
    named('/crews/:crewId', {
      handler: () => {
        throw new Error('a secret of ours');
      },
    }),
  ];
  const server = createHttpServer({ log: pino({ level: 'warn' }, stream), routes });
  const authorize = () =>
    Promise.resolve({ principal: null, workspace: null, memberWorkspaceIds: [], actor: systemActor() });
  registerRoutes(server, routes, { database: null!, keyRing: null!, authorize });
  const traceId = '4bf92f3577b34da6a3ce929d0e0e4736';
  const headers = { traceparent: `00-${traceId}-00f067aa0ba902b7-01`, 'x-request-id': 'my-request-1' };
  const answer = await server.inject({ url: '/crews/secret', headers });
  expect([answer.statusCode, answer.headers['x-request-id']]).toEqual([500, 'my-request-1']);
  expect(answer.body).not.toContain('a secret of ours');
  expect(lines).toEqual([
    expect.objectContaining({ request_id: 'my-request-1', trace_id: traceId, route: '/crews/:crewId', method: 'GET' }),
  ]);
  await server.close();
});

test('who sends a request a byte at a time is told that it took too long', async () => {
  const { server, register } = serve([named('/fast'), named('/upload', { method: 'POST', body: z.object({}) })]);
  register();
  await server.listen({ port: 0, host: '127.0.0.1' });
  const { port } = server.server.address() as { port: number };
  const send = async (beginning: string) => {
    const socket = connect(port, '127.0.0.1');
    await once(socket, 'connect');
    socket.write(beginning);
    return text(socket);
  };
  const begun = (line: string) =>
    `${line} HTTP/1.1\r\nhost: a\r\ncontent-type: application/json\r\ncontent-length: 9\r\n\r\n{`;
  for (const beginning of ['GET /fast HT', begun('POST /upload')]) {
    expect(await send(beginning), beginning).toMatch(/^HTTP\/1\.1 408 [^]*"status":408/);
  }
  // One that was answered before it was through is not answered again.
  const answered = await send(begun('GET /fast'));
  expect(answered.match(/HTTP\/1\.1 /g)).toHaveLength(1);
  expect(answered).toMatch(/^HTTP\/1\.1 200 /);
  await server.close();
});

/** Sends bytes over a connection of their own; what is answered until it is closed. */
async function exchange(port: number, bytes: string): Promise<string> {
  const socket = connect(port, '127.0.0.1');
  await once(socket, 'connect');
  socket.write(bytes, 'latin1');
  return text(socket);
}

const HEAD = 'POST /upload HTTP/1.1\r\nhost: a\r\ncontent-type: application/json\r\n';
const HIDDEN = 'GET /hidden HTTP/1.1\r\nhost: a\r\n\r\n';

/** Requests that two servers in a row might take for different ones. */
const AMBIGUOUS: Readonly<Record<string, string>> = {
  'a length and chunks': `${HEAD}content-length: 2\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n${HIDDEN}`,
  'two lengths': `${HEAD}content-length: 2\r\ncontent-length: 80\r\n\r\n{}${HIDDEN}`,
  'a list of lengths': `${HEAD}content-length: 2, 80\r\n\r\n{}${HIDDEN}`,
  'a length with a sign': `${HEAD}content-length: +2\r\n\r\n{}${HIDDEN}`,
  'a space before the colon': `${HEAD}content-length : 2\r\n\r\n{}${HIDDEN}`,
  'an encoding that nobody has': `${HEAD}transfer-encoding: xchunked\r\n\r\n0\r\n\r\n${HIDDEN}`,
  'chunks that are not the last encoding': `${HEAD}transfer-encoding: chunked, identity\r\n\r\n0\r\n\r\n${HIDDEN}`,
  'a chunk of no length': `${HEAD}transfer-encoding: chunked\r\n\r\n0x2\r\n{}\r\n0\r\n\r\n${HIDDEN}`,
  'a folded line': `${HEAD}x-a: 1\r\n content-length: 2\r\n\r\n${HIDDEN}`,
  'a line that ends with a bare CR': `${HEAD}x-a: 1\rcontent-length: 2\r\n\r\n${HIDDEN}`,
  'a NUL in a value': `${HEAD}x-a: a\0b\r\n\r\n${HIDDEN}`,
  'two hosts': `GET /fast HTTP/1.1\r\nhost: a\r\nHost: b\r\n\r\n`,
  'no host': `GET /fast HTTP/1.1\r\n\r\n`,
};

test('a request that can be read in two ways is read in none', async () => {
  const seen: string[] = [];
  const watched = (url: string, more: Partial<Route> = {}) =>
    named(url, {
      ...more,
      handler: () => {
        seen.push(url);
        return ok({ at: url });
      },
    });
  const upload = watched('/upload', { method: 'POST', body: z.unknown() });
  const { server, register } = serve([watched('/hidden'), watched('/fast'), upload]);
  register();
  await server.listen({ port: 0, host: '127.0.0.1' });
  const { port } = server.server.address() as { port: number };
  for (const [name, bytes] of Object.entries(AMBIGUOUS)) {
    const answer = await exchange(port, bytes);
    expect(answer, name).toMatch(/^HTTP\/1\.1 400 /);
    expect(answer.match(/HTTP\/1\.1 /g), name).toHaveLength(1);
  }
  expect(seen).toEqual([]);
  await server.close();
});

test('headers beyond their size are a 431, and the connection ends', async () => {
  const { server, register } = serve([named('/fast')]);
  register();
  await server.listen({ port: 0, host: '127.0.0.1' });
  const { port } = server.server.address() as { port: number };
  const request = (lines: string) => `GET /fast HTTP/1.1\r\nhost: a\r\n${lines}connection: close\r\n\r\n`;
  expect(await exchange(port, request(`x-a: ${'a'.repeat(8_000)}\r\n`))).toMatch(/^HTTP\/1\.1 200 /);
  const refused = await exchange(port, request(`x-a: ${'a'.repeat(20_000)}\r\n`));
  expect(refused).toMatch(/^HTTP\/1\.1 431 [^]*"status":431/);
  const many = Array.from({ length: 3_000 }, (_, n) => `x-${n}: a\r\n`).join('');
  expect(await exchange(port, request(many))).toMatch(/^HTTP\/1\.1 431 /);
  await server.close();
});

/** 10000 by hand: `CREWSHIP_TEST_IDLE_CONNECTIONS=10000` and as many descriptors twice. */
const IDLE_CONNECTIONS = Number(process.env.CREWSHIP_TEST_IDLE_CONNECTIONS ?? 500);

test('connections that ask for nothing keep nobody waiting, and are ended', async () => {
  const times = { headersMs: 500 + IDLE_CONNECTIONS, requestMs: 500 + IDLE_CONNECTIONS, lookEveryMs: 50 };
  const { server, register } = serve([named('/fast')], times);
  register();
  await server.listen({ port: 0, host: '127.0.0.1', backlog: 4_096 });
  const { port } = server.server.address() as { port: number };
  const idle = await Promise.all(
    Array.from({ length: IDLE_CONNECTIONS }, async () => {
      const socket = connect(port, '127.0.0.1');
      await once(socket, 'connect');
      return { ended: text(socket) };
    }),
  );
  const open = () => new Promise((resolve) => server.server.getConnections((_error, count) => resolve(count)));
  await vi.waitFor(async () => expect(await open()).toBe(IDLE_CONNECTIONS), { timeout: times.headersMs });
  expect(await exchange(port, 'GET /fast HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n')).toMatch(/ 200 /);
  for (const { ended } of idle) expect(await ended).toMatch(/^HTTP\/1\.1 408 /);
  await server.close();
});

test('a connection that has sent nothing does not hold up the end of the server', async () => {
  const { server } = serve([], { headersMs: 60_000, requestMs: 60_000, lookEveryMs: 60_000 });
  await server.listen({ host: '127.0.0.1', port: 0 });
  const connected = once(server.server, 'connection');
  const client = connect((server.server.address() as { port: number }).port, '127.0.0.1');
  await connected;
  const ended = once(client, 'close');
  await server.close();
  await ended;
});
