import { once } from 'node:events';
import { connect } from 'node:net';
import { text } from 'node:stream/consumers';
import { fastify, LogController } from 'fastify';
import { expect, test } from 'vitest';
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
function serve(routes: Route[]) {
  const server = createHttpServer({ log, routes, timings: { headersMs: 40, requestMs: 80, lookEveryMs: 20 } });
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
