import { once } from 'node:events';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { sql } from '../../db/kernel/sql.ts';
import type { RunReport } from '../../commands/engine/runs/settle-run.ts';
import { beatHost } from '../support/mission-crew.ts';
import { fillPath } from '../support/path-rows.ts';
import { exampleOf } from '../support/schema-values.ts';
import { type InternalCrew, type InternalFixture, startInternal } from '../support/sidecar-api.ts';
import { soon } from '../support/soon.ts';
import { DONE, finishOne, startMission, startOne, step } from '../work/missions/play-mission.ts';
import { listen, LOOPBACK_ALLOWED, openTunnel, setNetwork, type TestServer } from './egress/egress-fixture.ts';

let internal: InternalFixture;
let crew: InternalCrew;
let echo: TestServer;

/** What sidecars tell of runs by themselves, which may be over by then. */
const TOLD_AFTERWARDS = ['recordCost', 'releaseCost', 'emitJournalEntry', 'recordToolCall'];
const LIMITS = { questions: 2, requests: 2, issues: 3, missions: 1, messages: 2 };

beforeAll(async () => {
  echo = await listen((socket) => void socket.pipe(socket));
  internal = await startInternal('ended-run', {
    egress: { ports: [echo.port], allowPrivate: LOOPBACK_ALLOWED },
    resolve: async () => [{ address: '127.0.0.1', family: 4 }],
    openingLimits: LIMITS,
  });
});
afterAll(async () => {
  await internal.close();
  await echo.close();
});
beforeEach(async () => {
  await beatHost(internal.api, 100);
  crew = await internal.addCrew();
});

/** An attempt of the crew's mission that runs, and what it calls with. */
async function running() {
  await startMission(internal.api, crew, {
    id: crew.missionId,
    url: `/api/v1/crews/${crew.crewId}/missions/${crew.missionId}`,
  });
  return next();
}

async function next() {
  const execution = await startOne(internal.api, crew, crew.missionId);
  return { execution, id: execution.run.id, headers: crew.runHeaders(execution.run.id) };
}

const end = (report: RunReport) => finishOne(internal.api, crew, crew.missionId, report);

async function ask(headers: Record<string, string>) {
  const body = { from_slug: crew.lead.slug, reason: 'Which way?', chat_id: crew.missionId };
  return crew.call({ path: '/api/v1/internal/escalations', body, headers });
}

async function statesOf(id: string): Promise<string[]> {
  const rows = await crew.rows<{ state: string }>(sql`
    SELECT payload->>'state' AS state FROM journal_entries WHERE target_id = ${id} ORDER BY ts, id`);
  return rows.map(({ state }) => state);
}

test('the token of a run that is over is a 401 on every route, but for what its sidecar tells of it', async () => {
  const { headers, id } = await running();
  await end(DONE);
  const hints = { from_slug: crew.lead.slug, chat_id: crew.missionId, agent_id: crew.lead.id, type: 'file.written' };
  for (const route of internal.routes) {
    const names = [...route.url.matchAll(/:(\w+)/g)].map(([, name]) => [name!, 'some-row'] as const);
    const answer = await crew.call({
      method: route.method,
      path: fillPath(route.url, Object.fromEntries(names)),
      headers,
      ...(route.body === undefined ? {} : { body: exampleOf(route.body, hints) }),
    });
    if (TOLD_AFTERWARDS.includes(route.operationId)) expect(answer.status, route.operationId).not.toBe(401);
    else expect([answer.status, answer.body.code], route.operationId).toEqual([401, 'unauthenticated']);
  }
  // One that never was has no better token, and the crew itself goes on.
  expect((await ask(crew.runHeaders('never-was'))).status).toBe(401);
  expect((await ask({})).status).toBe(201);
  const opened = await crew.rows(sql`SELECT 1 FROM escalations WHERE run_id = ${id}`);
  expect(opened).toEqual([]);
});

test('a run that is over has no way out, and what it had open is cut', async () => {
  await setNetwork(crew, { network_mode: 'restricted', allowed_domains: ['local.test'] });
  const { headers } = await running();
  const proof = { 'x-internal-token': crew.token, ...headers };
  const tunnel = await openTunnel(crew, `local.test:${echo.port}`, proof);
  expect(tunnel.status).toBe(200);
  tunnel.socket.write('ping');
  expect(String((await once(tunnel.socket, 'data'))[0])).toBe('ping');
  const closed = once(tunnel.socket, 'close');
  await end(DONE);
  await internal.deliverWakes();
  await closed;
  await soon(() => expect(echo.sockets.size).toBe(0));
  expect(await openTunnel(crew, `local.test:${echo.port}`, proof)).toMatchObject({
    status: 401,
    body: { code: 'unauthenticated' },
  });
  for (const path of [`http://local.test:${echo.port}/`, '/llm/anthropic/v1/models']) {
    expect((await crew.call({ path, headers })).status, path).toBe(401);
  }
});

test('what an attempt still waits to be told when it ends for good is withdrawn, once', async () => {
  const { headers } = await running();
  const id = (await ask(headers)).body.escalation_id as string;
  const given = (await ask(headers)).body.escalation_id as string;
  await crew.write(sql`UPDATE escalations SET agent_gave_up_at = now() WHERE id = ${given}`);
  await end(DONE);
  const rows = await crew.rows(sql`SELECT id, status, cancel_reason FROM escalations ORDER BY id = ${given}`);
  expect(rows).toEqual([
    { id, status: 'CANCELLED', cancel_reason: 'its run is over' },
    // Nobody waits for this one any more: its answer is a late one.
    { id: given, status: 'PENDING', cancel_reason: null },
  ]);
  expect(await statesOf(id)).toEqual(['pending', 'cancelled']);
});

test('an attempt that was lost hands its questions to its successor, which waits for them or is given the answer', async () => {
  const first = await running();
  const id = (await ask(first.headers)).body.escalation_id as string;
  await end({ outcome: { kind: 'lost' } });
  await step(internal.api, crew, crew.missionId);
  const second = await next();
  expect(second.execution.run.predecessor_id).toBe(first.id);
  expect(second.execution.openQuestions).toEqual([{ escalation_id: id, question: 'Which way?' }]);
  expect(await statesOf(id)).toEqual(['pending', 'handed_on']);
  const path = `/api/v1/internal/escalations/${id}/wait`;
  expect((await crew.call({ path, headers: first.headers })).status).toBe(401);
  const waiting = crew.call({ path, headers: second.headers });
  await soon(() => expect(internal.role.waiters).toBe(1));
  expect(await crew.owner.patch(`/api/v1/escalations/${id}/resolve`, { resolution: 'Left' })).toMatchObject({
    delivery: { kind: 'running_task', run_id: second.id },
  });
  await internal.deliverWakes();
  expect((await waiting).body).toMatchObject({ status: 'RESOLVED', resolution: 'Left' });
  const answers = await crew.call({ path: '/api/v1/internal/answers', headers: second.headers });
  expect(answers.body).toMatchObject({ answers: [{ escalation_id: id, resolution: 'Left' }] });
});

test('what a run may open in all is bounded, whatever becomes of it, and no other run pays for it', async () => {
  const { headers } = await running();
  const { crewId, lead, missionId } = crew;
  const other = await internal.addCrew(crew);
  await crew.owner.post('/api/v1/crew-connections', { from_crew_id: crewId, to_crew_id: other.crewId });
  const requests = {
    questions: ['escalations', { from_slug: lead.slug, reason: 'Which way?', chat_id: missionId }],
    requests: ['assignments', { target_slug: crew.agents[1]!.slug, task: 'look', chat_id: missionId }],
    issues: ['issues', { title: 'Broken' }],
    missions: ['missions', { title: 'More', lead_agent_id: lead.id, tasks: [{ title: 'one' }] }],
    messages: ['crew-messages', { to_crew_id: other.crewId, content: 'More' }],
  } as const;
  for (const [kind, limit] of Object.entries(LIMITS)) {
    const [name, body] = requests[kind as keyof typeof requests];
    const open = (own: Record<string, string>) =>
      crew.call({ path: `/api/v1/internal/${name}`, body: { crew_id: crewId, ...body }, headers: own });
    const answers = await Promise.all(Array.from({ length: limit + 2 }, () => open(headers)));
    const statuses = answers.map(({ status }) => status).sort();
    expect(statuses, `${kind}: ${JSON.stringify(answers[0]!.body)}`).toEqual([...Array(limit).fill(201), 429, 429]);
    expect(answers.find(({ status }) => status === 429)!.body).toMatchObject({ code: 'limit_reached', kind, limit });
    expect((await open({})).status, kind).toBe(201);
  }
});
