import { afterAll, beforeAll, expect, test } from 'vitest';
import { sql } from '../../../db/kernel/sql.ts';
import type { Mission, Task } from '../../../domain/work/missions/mission.ts';
import type { TestApi } from '../../support/test-api.ts';
import { addCrew, addMission, type CrewFixture, expectStatus, startApiWithHost } from '../../support/mission-crew.ts';

let api: TestApi;
let crew: CrewFixture;
let base: string;

beforeAll(async () => {
  api = await startApiWithHost();
  crew = await addCrew(api);
  base = `/api/v1/crews/${crew.crewId}/missions`;
});
afterAll(() => api.close());

const as = (method: 'GET' | 'POST' | 'PATCH', url: string, payload?: object, token = crew.owner.token) =>
  api.call(token, { method, url, ...(payload === undefined ? {} : { payload }) });

async function outboxTargets(id: string): Promise<string[]> {
  const rows = await api.database.systemReads.any<{ target: string }>(
    [],
    sql`SELECT target FROM outbox WHERE target LIKE ${`%${id}%`} ORDER BY id`,
  );
  return rows.map((row) => row.target);
}

async function journalOf(missionId: string): Promise<string[]> {
  const rows = await api.database.reads.any<{ entry_type: string; to: string | null }>(
    [crew.workspaceId],
    sql`SELECT entry_type, payload->>'to' AS "to" FROM journal_entries WHERE mission_id = ${missionId} ORDER BY ts, id`,
  );
  return rows.map((row) => (row.to === null ? row.entry_type : `${row.entry_type}:${row.to}`));
}

test('a created mission is in PLANNING, has a chat of its own id and says so in the journal', async () => {
  const response = await as('POST', base, {
    title: 'Write the report',
    lead_agent_id: crew.lead.id,
    description: 'In two parts',
    timeout_seconds: 60,
  });
  const mission = expectStatus<Mission>(response, 201);
  expect(mission).toMatchObject({
    workspace_id: crew.workspaceId,
    crew_id: crew.crewId,
    lead_agent_id: crew.lead.id,
    lead_agent_name: 'lead',
    lead_agent_slug: crew.lead.slug,
    trace_id: `mission-${mission.id}`,
    title: 'Write the report',
    description: 'In two parts',
    status: 'PLANNING',
    timeout_seconds: 60,
    total_token_count: 0,
    total_estimated_cost: 0,
    deadline_at: null,
    task_stats: { total: 0, pending: 0, cancelled: 0 },
  });
  const chat = await api.database.reads.maybeOne(
    [crew.workspaceId],
    sql`SELECT mode, mission_id, agent_id FROM chats WHERE id = ${mission.id}`,
  );
  expect(chat).toEqual({ mode: 'MISSION', mission_id: mission.id, agent_id: crew.lead.id });
  expect(await journalOf(mission.id)).toEqual(['mission.created']);
  expect(await outboxTargets(mission.id)).toEqual([]);
});

test('a bad body names the field, and a lead that is not the crew’s LEAD is one', async () => {
  const fieldsOf = async (payload: object) =>
    expectStatus<{ errors: { path: string }[] }>(await as('POST', base, payload), 400).errors.map(
      (error) => error.path,
    );
  expect(await fieldsOf({ lead_agent_id: crew.lead.id })).toEqual(['title']);
  expect(await fieldsOf({ title: 'x' })).toEqual(['lead_agent_id']);
  expect(await fieldsOf({ title: 'x', lead_agent_id: crew.agents[0]!.id })).toEqual(['lead_agent_id']);
  expect(await fieldsOf({ title: 'x', lead_agent_id: crew.lead.id, titel: 'y' })).toEqual(['titel']);
  expect(await fieldsOf({ title: 'x', lead_agent_id: crew.lead.id, timeout_seconds: 0 })).toEqual(['timeout_seconds']);
  const stranger = await addCrew(api);
  expect(await fieldsOf({ title: 'x', lead_agent_id: stranger.lead.id })).toEqual(['lead_agent_id']);
});

test('one Idempotency-Key makes one mission', async () => {
  const request = {
    method: 'POST' as const,
    url: base,
    payload: { title: 'Once', lead_agent_id: crew.lead.id },
    headers: { 'idempotency-key': 'create-once' },
  };
  const first = expectStatus<Mission>(await api.call(crew.owner.token, request), 201);
  const second = expectStatus<Mission>(await api.call(crew.owner.token, request), 201);
  expect(second.id).toBe(first.id);
});

test('a mission shows its tasks in order, with dependencies as a JSON string', async () => {
  const { url, tasks } = await addMission(api, crew, { a: [], b: ['a'], c: ['a'], d: ['b', 'c'] });
  const mission = expectStatus<Mission>(await as('GET', url), 200);
  expect(mission.task_stats).toMatchObject({ total: 4, pending: 1, blocked: 3 });
  expect(mission.tasks!.map((task) => [task.title, task.status])).toEqual([
    ['a', 'PENDING'],
    ['b', 'BLOCKED'],
    ['c', 'BLOCKED'],
    ['d', 'BLOCKED'],
  ]);
  expect(JSON.parse(mission.tasks![3]!.depends_on)).toEqual([tasks.b, tasks.c].sort());
});

test('lists filter, page and count, and include tasks on request', async () => {
  const other = await addCrew(api, crew);
  const first = await addMission(api, other, { a: [], b: ['a'] });
  const second = await addMission(api, other);
  expectStatus(await as('POST', `${second.url}/start`), 200);
  const listUrl = `/api/v1/crews/${other.crewId}/missions`;
  const all = await as('GET', listUrl);
  expect(expectStatus<Mission[]>(all, 200).map((mission) => mission.id)).toEqual([second.id, first.id]);
  expect(all.headers['x-total-count']).toBe('2');
  const page = await as('GET', `${listUrl}?limit=1&offset=1`);
  expect(expectStatus<Mission[]>(page, 200).map((mission) => mission.id)).toEqual([first.id]);
  expect(page.headers.link).toContain('rel="prev"');
  const running = expectStatus<Mission[]>(
    await as('GET', '/api/v1/missions?status=IN_PROGRESS&include_tasks=true'),
    200,
  );
  const found = running.find((mission) => mission.id === second.id)!;
  expect(found.tasks!.map((task) => task.title)).toEqual(['only']);
  const plain = expectStatus<Mission[]>(await as('GET', '/api/v1/missions'), 200);
  expect(plain.every((mission) => !('tasks' in mission))).toBe(true);
  expectStatus(await as('GET', '/api/v1/missions?status=RUNNING'), 400);
  expectStatus(await as('GET', '/api/v1/missions?limit=101'), 400);
});

test('starting commits the state, the journal entry and the command together', async () => {
  const { id, url } = await addMission(api, crew);
  expect(expectStatus(await as('POST', `${url}/start`), 200)).toEqual({ id, status: 'IN_PROGRESS' });
  const mission = expectStatus<Mission>(await as('GET', url), 200);
  expect(mission.status).toBe('IN_PROGRESS');
  expect(Date.parse(mission.deadline_at!) - Date.parse(mission.started_at!)).toBe(7_200_000);
  expect(await outboxTargets(id)).toEqual([`mission-${id}-1`]);
  expect(await journalOf(id)).toContain('mission.status_change:IN_PROGRESS');
});

test('of twenty simultaneous starts one wins, and the others learn the state', async () => {
  const { id, url } = await addMission(api, crew);
  const answers = await Promise.all(Array.from({ length: 20 }, () => as('POST', `${url}/start`)));
  expect(answers.filter((answer) => answer.statusCode === 200)).toHaveLength(1);
  const refused = answers.filter((answer) => answer.statusCode === 409);
  expect(refused).toHaveLength(19);
  for (const answer of refused) {
    expect(answer.json()).toMatchObject({ code: 'wrong_state', current_status: 'IN_PROGRESS' });
  }
  expect(await outboxTargets(id)).toEqual([`mission-${id}-1`]);
});

test('a cycle is a 400 that names its tasks', async () => {
  const { url, tasks } = await addMission(api, crew, { a: [], b: ['a'] });
  // The API refuses to make a cycle; a row that has one anyway must still not start.
  await api.database.transaction({ workspaceIds: [crew.workspaceId] }, async (tx) => {
    await tx.execute(sql`
      INSERT INTO task_dependencies (workspace_id, task_id, depends_on_task_id)
      VALUES (${crew.workspaceId}, ${tasks.a!}, ${tasks.b!})`);
  });
  const refusal = expectStatus<{ detail: string }>(await as('POST', `${url}/start`), 400);
  expect(refusal.detail).toContain(tasks.a!);
  expect(refusal.detail).toContain(tasks.b!);
});

test('without a live host a start is refused and changes nothing', async () => {
  const lonely = await startApiWithHost({ host: false });
  try {
    const alone = await addCrew(lonely);
    const { url } = await addMission(lonely, alone);
    const answer = await lonely.call(alone.owner.token, { method: 'POST', url: `${url}/start` });
    expect(expectStatus<{ code: string }>(answer, 503).code).toBe('no_live_host');
    const mission = await lonely.call(alone.owner.token, { method: 'GET', url });
    expect(expectStatus<Mission>(mission, 200).status).toBe('PLANNING');
  } finally {
    await lonely.close();
  }
});

test('PATCH edits fields and follows the transition table; what it forbids is a 409 with the state', async () => {
  const { id, url } = await addMission(api, crew);
  const edited = expectStatus<Mission>(await as('PATCH', url, { title: 'New', plan: 'First this' }), 200);
  expect(edited).toMatchObject({ title: 'New', plan: 'First this', status: 'PLANNING' });
  const refused = expectStatus(await as('PATCH', url, { status: 'COMPLETED', title: 'Lost' }), 409);
  expect(refused).toMatchObject({ code: 'wrong_state', current_status: 'PLANNING' });
  expect(expectStatus<Mission>(await as('GET', url), 200).title).toBe('New');
  for (const status of ['IN_PROGRESS', 'REVIEW', 'IN_PROGRESS', 'REVIEW', 'COMPLETED'] as const) {
    expect(expectStatus<Mission>(await as('PATCH', url, { status }), 200).status).toBe(status);
  }
  expect(expectStatus(await as('PATCH', url, { status: 'CANCELLED' }), 409)).toMatchObject({
    current_status: 'COMPLETED',
  });
  expect((await journalOf(id)).filter((entry) => entry.startsWith('mission.status_change'))).toEqual([
    'mission.status_change:IN_PROGRESS',
    'mission.status_change:REVIEW',
    'mission.status_change:IN_PROGRESS',
    'mission.status_change:REVIEW',
    'mission.status_change:COMPLETED',
  ]);
});

test('cancelling ends open tasks; restarting clears them into their next iteration', async () => {
  const { id, url } = await addMission(api, crew, { a: [], b: ['a'] });
  expectStatus(await as('POST', `${url}/restart`), 409);
  expectStatus(await as('POST', `${url}/start`), 200);
  expectStatus(await as('PATCH', url, { status: 'CANCELLED' }), 200);
  const cancelled = expectStatus<Mission>(await as('GET', url), 200);
  expect(cancelled.task_stats).toMatchObject({ total: 2, cancelled: 2 });
  expect(expectStatus(await as('POST', `${url}/restart`), 200)).toEqual({ id, status: 'PLANNING' });
  const restarted = expectStatus<Mission>(await as('GET', url), 200);
  expect(restarted.tasks!.map((task) => [task.title, task.status, task.iteration])).toEqual([
    ['a', 'PENDING', 2],
    ['b', 'BLOCKED', 2],
  ]);
  expectStatus(await as('POST', `${url}/start`), 200);
  expect((await outboxTargets(id)).at(-1)).toBe(`mission-${id}-3`);
});

test('another crew’s, another workspace’s and a missing mission read alike', async () => {
  const { id, url } = await addMission(api, crew);
  const sibling = await addCrew(api, crew);
  const stranger = await addCrew(api);
  const answers = [
    await as('GET', `/api/v1/crews/${sibling.crewId}/missions/${id}`),
    await as('GET', `${base}/missing-mission`),
    await as('GET', url, undefined, stranger.owner.token),
    await as('POST', `/api/v1/crews/${sibling.crewId}/missions/${id}/start`),
    await as('PATCH', `/api/v1/crews/${stranger.crewId}/missions/${id}`, { title: 'x' }, stranger.owner.token),
  ];
  for (const answer of answers) expect(expectStatus<{ code: string }>(answer, 404).code).toBe('not_found');
  expect(expectStatus<Mission[]>(await as('GET', '/api/v1/missions', undefined, stranger.owner.token), 200)).toEqual(
    [],
  );
});

test('a viewer reads missions and starts none', async () => {
  const { url } = await addMission(api, crew);
  const viewer = await api.addMember(crew.workspaceId, 'VIEWER');
  expectStatus(await as('GET', url, undefined, viewer.token), 200);
  expectStatus(await as('POST', `${url}/start`, undefined, viewer.token), 403);
});

test('totals follow what tasks are said to have cost', async () => {
  const { url, tasks } = await addMission(api, crew);
  const taskUrl = `${url}/tasks/${tasks.only}`;
  const task = expectStatus<Task>(await as('PATCH', taskUrl, { token_count: 1_200, estimated_cost: 0.1234567 }), 200);
  expect(task).toMatchObject({ token_count: 1_200, estimated_cost: 0.123457 });
  expectStatus(await as('PATCH', taskUrl, { token_count: 1_000 }), 200);
  const mission = expectStatus<Mission>(await as('GET', url), 200);
  expect(mission).toMatchObject({ total_token_count: 1_000, total_estimated_cost: 0.123457 });
});
