import { expect, test } from 'vitest';
import { z } from 'zod';
import { systemActor } from '../../../domain/kernel/access/authority.ts';
import { createLogger } from '../../../platform/logging/logger.ts';
import type { Caller } from '../auth/authorize.ts';
import { createHttpServer } from './create-http-server.ts';
import { type RegisterDeps, registerRoutes } from './register-routes.ts';
import { defineRoute, ok } from './route.ts';

const whoCalls = defineRoute({
  method: 'GET',
  url: '/who-calls',
  operationId: 'whoCalls',
  summary: 'Name the crew that calls',
  tags: ['Internal'],
  authority: { access: 'internal' },
  responses: { 200: z.object({ crew_id: z.string() }) },
  handler: ({ principal }) => ok({ crew_id: principal.crewId }),
});

const CREW_CALLS: Caller = {
  principal: {
    userId: null,
    agentId: null,
    workspace: { id: 'workspace-1', role: null },
    crewId: 'crew-1',
    runId: null,
    method: 'internal',
    tokenId: null,
    sessionId: null,
    scopes: null,
    isInstanceOperator: false,
  },
  workspace: null,
  memberWorkspaceIds: ['workspace-1'],
  actor: systemActor(),
};

async function callAs(caller: Caller) {
  const unused = async () => {
    throw new Error('the route writes nothing');
  };
  const deps: RegisterDeps = {
    database: { transaction: unused, systemTransaction: unused },
    keyRing: { digest: () => Buffer.alloc(0) },
    authorize: async () => caller,
  };
  const server = createHttpServer({ log: createLogger({ name: 'test', level: 'silent' }), routes: [whoCalls] });
  registerRoutes(server, [whoCalls], deps);
  const answer = await server.inject({ method: 'GET', url: whoCalls.url });
  await server.close();
  return { status: answer.statusCode, body: answer.json<Record<string, unknown>>() };
}

test('an internal route is served to a crew that is proven', async () => {
  expect(await callAs(CREW_CALLS)).toEqual({ status: 200, body: { crew_id: 'crew-1' } });
});

test('an internal route whose caller’s crew was not proven before its handler is a 500, and is not served', async () => {
  const principal = CREW_CALLS.principal!;
  for (const caller of [
    { ...CREW_CALLS, principal: null },
    { ...CREW_CALLS, principal: { ...principal, workspace: null } },
    { ...CREW_CALLS, principal: { ...principal, crewId: null } },
  ]) {
    const { status, body } = await callAs(caller);
    expect([status, body.code]).toEqual([500, 'internal']);
    expect(body).not.toHaveProperty('crew_id');
  }
});

test('two routes that claim one operation or one path are refused', () => {
  const server = createHttpServer({ log: createLogger({ name: 'test', level: 'silent' }), routes: [] });
  const twice = [whoCalls, { ...whoCalls, operationId: 'other' }];
  expect(() => registerRoutes(server, twice, {} as RegisterDeps)).toThrow('declared twice: GET /who-calls');
});
