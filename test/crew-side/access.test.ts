import { afterAll, beforeAll, expect, test } from 'vitest';
import { sql } from '../../db/kernel/sql.ts';
import { fillPath } from '../support/path-rows.ts';
import { type Fingerprints, openFingerprints } from '../support/fingerprint.ts';
import { exampleOf } from '../support/schema-values.ts';
import { createCrewRows } from './crew-rows.ts';
import {
  type InternalCrew,
  type InternalFixture,
  type InternalRequest,
  startInternal,
  TEST_MASTER,
} from '../support/sidecar-api.ts';

let internal: InternalFixture;
let fingerprints: Fingerprints;
let crew: InternalCrew;
let sibling: InternalCrew;
let stranger: InternalCrew;
let questionId: string;
/** Ids of the crew's own rows by path parameter. */
let own: Record<string, string>;

beforeAll(async () => {
  internal = await startInternal('access');
  fingerprints = await openFingerprints(internal.api);
  crew = await internal.addCrew();
  sibling = await internal.addCrew(crew);
  stranger = await internal.addCrew();
  own = await createCrewRows(internal, crew);
  questionId = own.escalationId!;
});
afterAll(async () => {
  await fingerprints.close();
  await internal.close();
});

/** What bodies need beside what their schemas say. */
function hints(): Record<string, unknown> {
  return { from_slug: crew.lead.slug, chat_id: crew.missionId, agent_id: crew.lead.id, lead_agent_id: crew.lead.id };
}

/** What the pattern of one route's member takes, or what it wants of members that may be left out. */
const TAKEN: Readonly<Record<string, Record<string, unknown>>> = {
  emitJournalEntry: { type: 'file.written' },
  requestCredential: { credential_name: 'EXAMPLE' },
  executeWithCredential: { credential_name: 'EXAMPLE' },
};

/** Every internal route as a request that is right but for what a test changes. */
function everyRoute(ids: Record<string, string> = own): InternalRequest[] {
  expect(internal.routes.length).toBeGreaterThanOrEqual(10);
  return internal.routes.map((route) => {
    const body = route.body === undefined ? {} : exampleOf(route.body, { ...hints(), ...TAKEN[route.operationId] });
    if (route.body !== undefined) expect(route.body.safeParse(body).error, route.operationId).toBeUndefined();
    const wait = route.operationId.startsWith('waitFor') ? '?timeout_seconds=1' : '';
    return {
      method: route.method,
      path: fillPath(route.url, ids) + wait,
      // Some routes want to know which run asks: what they refuse here is not for want of that.
      headers: crew.runHeaders(own.runId!),
      ...(route.method === 'GET' ? {} : { body: body as object }),
    };
  });
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

test('a token of a generation is taken by that generation, on the socket and over the network, and by no other', async () => {
  const own = await internal.addCrew();
  const { workspaceId, crewId } = own;
  const setGeneration = (generation: number) =>
    internal.api.database.transaction({ workspaceIds: [workspaceId] }, (tx) =>
      tx.execute(sql`UPDATE crews SET generation = ${generation} WHERE id = ${crewId}`),
    );
  const statusOf = async (generation: number) => {
    const token = internal.tokens.issue({ kind: 'crew', workspaceId, crewId, generation });
    return (await own.call({ path: '/api/v1/internal/crews', token })).status;
  };
  await setGeneration(7);
  expect([await statusOf(6), await statusOf(7), await statusOf(8)]).toEqual([401, 200, 401]);
  // The next one is known as soon as it asks.
  await setGeneration(8);
  expect(await statusOf(8)).toBe(200);
  expect(await statusOf(7)).toBe(401);
});

test('a crew that refuses integrators’ tokens is spoken for by its own sidecars alone', async () => {
  const own = await internal.addCrew();
  const admin = await internal.api.addMember(own.workspaceId, 'ADMIN');
  const manager = await internal.api.addMember(own.workspaceId, 'MANAGER');
  const change = (token: string) => ({
    method: 'PATCH' as const,
    url: `/api/v1/crews/${own.crewId}`,
    headers: { authorization: `Bearer ${token}`, 'x-workspace-id': own.workspaceId },
    payload: { takes_integrator_tokens: false },
  });
  expect((await internal.api.server.inject(change(manager.token))).statusCode).toBe(403);
  expect((await own.call({ path: '/api/v1/internal/crews' })).status).toBe(200);
  expect((await internal.api.server.inject(change(admin.token))).statusCode).toBe(200);
  // Known for five seconds at most.
  await expect
    .poll(async () => (await own.call({ path: '/api/v1/internal/crews' })).status, { timeout: 15_000, interval: 250 })
    .toBe(401);
  const { workspaceId, crewId } = own;
  const token = internal.tokens.issue({ kind: 'crew', workspaceId, crewId, generation: 0 });
  expect((await own.call({ path: '/api/v1/internal/crews', token })).status).toBe(200);
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
      const path = `${request.path}${request.path.includes('?') ? '&' : '?'}${query}`;
      expect((await crew.call({ ...request, path })).status, `${request.method} ${path}`).toBe(403);
      if (request.body === undefined) continue;
      const body = { ...request.body, ...scope };
      expect((await crew.call({ ...request, body })).status, `${request.method} ${request.path}`).toBe(403);
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

test('a path that names a row of another crew or workspace is the 404 of a missing one, and changes nothing', async () => {
  const siblings = await createCrewRows(internal, sibling);
  // A project is its workspace's: one that all of it see is the crew's to know of, whoever made it.
  await sibling.write(sql`UPDATE projects SET visibility = 'private' WHERE id = ${siblings.projectId!}`);
  const others = [
    siblings,
    await createCrewRows(internal, stranger),
    Object.fromEntries(Object.keys(own).map((name) => [name, `missing-${name.toLowerCase()}`])),
  ];
  const before = await fingerprints.take();
  const walked = internal.routes.filter(({ url }) => url.includes('/:'));
  for (const route of walked) {
    const answers = [];
    for (const ids of others) {
      const request = everyRoute(ids)[internal.routes.indexOf(route)]!;
      const { status, body } = await crew.call(request);
      answers.push(JSON.stringify({ status, ...body, instance: null, request_id: null }));
      expect(status, `${route.operationId} ${JSON.stringify(body)}`).toBe(404);
    }
    expect(new Set(answers).size, route.operationId).toBe(1);
  }
  expect(await fingerprints.take()).toBe(before);
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
  await crew.write(sql`
      INSERT INTO runs (id, workspace_id, crew_id, agent_id, trigger_type, status)
      VALUES (${run.runId}, ${crew.workspaceId}, ${crew.crewId}, ${crew.lead.id}, 'USER', 'RUNNING')`);
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
