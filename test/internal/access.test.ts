import { afterAll, beforeAll, expect, test } from 'vitest';
import { createInternalCostRoutes } from '../../api/internal/internal-cost-routes.ts';
import { createInternalEscalationRoutes } from '../../api/internal/internal-escalation-routes.ts';
import { createInternalJournalRoutes } from '../../api/internal/internal-journal-routes.ts';
import { createInternalMissionRoutes } from '../../api/internal/internal-mission-routes.ts';
import { createInternalRunRoutes } from '../../api/internal/internal-run-routes.ts';
import { sql } from '../../db/kernel/sql.ts';
import {
  type InternalCrew,
  type InternalFixture,
  type InternalRequest,
  startInternal,
  TEST_MASTER,
} from './internal-fixture.ts';

let internal: InternalFixture;
let crew: InternalCrew;
let sibling: InternalCrew;
let stranger: InternalCrew;
let questionId: string;

beforeAll(async () => {
  internal = await startInternal('access');
  crew = await internal.addCrew();
  sibling = await internal.addCrew(crew);
  stranger = await internal.addCrew();
  questionId = await crew.ask();
});
afterAll(() => internal.close());

/** Every internal route as a request that is right but for what a test changes. */
function everyRoute(): InternalRequest[] {
  const routes = [
    ...createInternalEscalationRoutes({} as Parameters<typeof createInternalEscalationRoutes>[0]),
    ...createInternalMissionRoutes({} as Parameters<typeof createInternalMissionRoutes>[0]),
    ...createInternalRunRoutes(),
    ...createInternalCostRoutes({} as Parameters<typeof createInternalCostRoutes>[0]),
    ...createInternalJournalRoutes({} as Parameters<typeof createInternalJournalRoutes>[0]),
  ];
  expect(routes.length).toBeGreaterThanOrEqual(11);
  return routes.map((route) => ({
    method: route.method,
    path: route.url
      .replace(':escalationId', questionId)
      .replace(':missionId', crew.missionId)
      .replace(':runId', 'some-run')
      .replace(':reservationId', 'some-reservation'),
    ...(route.method === 'GET'
      ? {}
      : { body: { from_slug: crew.lead.slug, reason: 'Which way?', chat_id: crew.missionId } }),
  }));
}

test('a missing or bad token is a 401 on every route', async () => {
  const { issue } = internal.tokens;
  const { workspaceId, crewId } = crew;
  const bad = [
    null,
    'rubbish',
    `${crew.token}0`,
    issue({ kind: 'agent', workspaceId, agentId: crew.lead.id }),
    issue({ kind: 'run', workspaceId, crewId, agentId: crew.lead.id, runId: 'run-1' }),
  ];
  for (const request of everyRoute()) {
    for (const token of bad) {
      const answer = await crew.call({ ...request, token });
      expect([answer.status, answer.body.code]).toEqual([401, 'unauthenticated']);
      expect(answer.headers['content-type']).toContain('application/problem+json');
    }
  }
});

test('a good token that is not this socket’s crew’s is a 403 on every route', async () => {
  const others = [
    sibling.token,
    stranger.token,
    internal.tokens.issue({ kind: 'workspace', workspaceId: crew.workspaceId }),
    // The crew's id under another workspace: signed, but no such crew.
    internal.tokens.issue({ kind: 'crew', workspaceId: stranger.workspaceId, crewId: crew.crewId }),
    TEST_MASTER,
  ];
  for (const request of everyRoute()) {
    for (const token of others) {
      const answer = await crew.call({ ...request, token });
      expect([answer.status, answer.body.code]).toEqual([403, 'forbidden']);
    }
  }
});

test('a scope in query or body that disagrees with the token is a 403 on every route', async () => {
  const foreign = [
    { workspace_id: stranger.workspaceId },
    { crew_id: sibling.crewId },
    { crew_id: stranger.crewId },
    { workspace_id: 7 },
  ];
  for (const request of everyRoute()) {
    for (const scope of foreign) {
      const query = new URLSearchParams(
        Object.entries(scope).map(([name, value]): [string, string] => [name, String(value)]),
      );
      expect((await crew.call({ ...request, path: `${request.path}?${query}` })).status).toBe(403);
      if (request.body === undefined) continue;
      expect((await crew.call({ ...request, body: { ...request.body, ...scope } })).status).toBe(403);
    }
  }
});

test('the crew’s own scope is accepted, and filled in where it is absent', async () => {
  const body = { from_slug: crew.lead.slug, reason: 'Which way?', chat_id: crew.missionId };
  const path = '/api/v1/internal/escalations';
  const scope = { workspace_id: crew.workspaceId, crew_id: crew.crewId };
  expect((await crew.call({ path, body: { ...body, ...scope } })).status).toBe(201);
  const answer = await crew.call({ path, body: { ...body, workspace_id: null } });
  expect(answer.status).toBe(201);
  const row = await internal.api.database.reads.maybeOne(
    [crew.workspaceId],
    sql`SELECT workspace_id, crew_id FROM escalations WHERE id = ${answer.body.escalation_id as string}`,
  );
  expect(row).toEqual(scope);
});

test('a path of another crew’s or workspace’s question is a 404, like a missing one', async () => {
  for (const id of [await sibling.ask(), await stranger.ask(), 'missing-question']) {
    const answer = await crew.wait(id, { query: '?timeout_seconds=5' });
    expect([answer.status, answer.body.code]).toEqual([404, 'not_found']);
  }
});

test('unknown paths and wrong methods are the same 404, whoever asks', async () => {
  const requests: InternalRequest[] = [
    { path: '/' },
    { path: '/api/v1/internal' },
    { path: '/api/v1/internal/nothing' },
    { path: '/api/v1/internal/escalations/' },
    { path: '/api/v1/internal//escalations' },
    { path: '/api/v1/internal/%65scalations' },
    { path: '/api/v1/internal/%zz' },
    { path: '/api/v1/internal/escalations%00' },
    { path: '/api/v1/crews' },
    { path: '/api/health' },
    { path: '/openapi.json' },
    { path: '/api/v1/internal/escalations', method: 'GET' },
    { path: '/api/v1/internal/escalations', method: 'PUT' },
    { path: '/api/v1/internal/escalations', method: 'OPTIONS' },
    { path: `/api/v1/internal/escalations/${questionId}/wait`, method: 'POST', body: {} },
    { path: `/api/v1/internal/escalations/${questionId}/wait`, method: 'DELETE' },
  ];
  const bodies = new Set<string>();
  for (const request of requests) {
    for (const token of [null, crew.token]) {
      const answer = await crew.call({ ...request, token });
      expect(answer.status).toBe(404);
      expect(answer.headers.allow).toBeUndefined();
      const { instance: _instance, request_id: _requestId, ...rest } = answer.body;
      bodies.add(JSON.stringify(rest));
    }
  }
  expect(bodies.size).toBe(1);
  const head = await crew.call({ path: `/api/v1/internal/escalations/${questionId}/wait`, method: 'HEAD' });
  expect(head.status).toBe(404);
});

test('a run’s token says which run asks; one that is not of this crew is a 403', async () => {
  const path = '/api/v1/internal/escalations';
  const body = { from_slug: crew.lead.slug, reason: 'Which way?', chat_id: crew.missionId };
  const run = { kind: 'run', workspaceId: crew.workspaceId, agentId: crew.lead.id, runId: 'run-of-crew' } as const;
  await internal.api.database.transaction({ workspaceIds: [crew.workspaceId] }, async (tx) => {
    await tx.execute(sql`
      INSERT INTO runs (id, workspace_id, crew_id, agent_id, trigger_type, status)
      VALUES (${run.runId}, ${crew.workspaceId}, ${crew.crewId}, ${crew.lead.id}, 'USER', 'RUNNING')`);
  });
  const good = internal.tokens.issue({ ...run, crewId: crew.crewId });
  const answer = await crew.call({ path, body, headers: { 'x-run-token': good } });
  expect(answer.status).toBe(201);
  const row = await internal.api.database.reads.maybeOne(
    [crew.workspaceId],
    sql`
      SELECT e.run_id, j.actor_type, j.actor_id FROM escalations e
      JOIN journal_entries j ON j.target_id = e.id AND j.entry_type = 'peer.escalation'
      WHERE e.id = ${answer.body.escalation_id as string}`,
  );
  expect(row).toEqual({ run_id: run.runId, actor_type: 'agent', actor_id: crew.lead.id });
  const bad = ['rubbish', crew.token, `${good}0`, internal.tokens.issue({ ...run, crewId: sibling.crewId })];
  for (const token of bad) {
    expect((await crew.call({ path, body, headers: { 'x-run-token': token } })).status).toBe(403);
  }
});
