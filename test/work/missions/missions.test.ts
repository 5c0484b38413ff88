import { beforeAll, expect, test } from 'vitest';
import { sql } from '../../../db/kernel/sql.ts';
import type { Mission, Task } from '../../../domain/work/missions/mission.ts';
import { addCrew, addMission, startApiWithHost } from '../../support/mission-crew.ts';
import { perFile } from '../../support/world/per-file.ts';
import { expectStatus } from '../../support/world/caller.ts';

let base: string;

const api = perFile(() => startApiWithHost());
const crew = perFile(() => addCrew(api));
beforeAll(async () => {
  base = `/api/v1/crews/${crew.crewId}/missions`;
});

async function outboxTargets(id: string): Promise<string[]> {
  const rows = await api.database.systemReads.any<{ target: string }>(
    [],
    sql`SELECT target FROM outbox WHERE target LIKE ${`%${id}%`} ORDER BY id`,
  );
  return rows.map((row) => row.target);
}

async function journalOf(missionId: string): Promise<string[]> {
  const rows = await crew.rows<{ entry_type: string; to: string | null }>(
    sql`SELECT entry_type, payload->>'to' AS "to" FROM journal_entries WHERE mission_id = ${missionId} ORDER BY ts, id`,
  );
  return rows.map((row) => (row.to === null ? row.entry_type : `${row.entry_type}:${row.to}`));
}

test('a created mission is in PLANNING, has a chat of its own id and says so in the journal', async () => {
  const response = await crew.owner.send('POST', base, {
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
    (await crew.owner.post<{ errors: { path: string }[] }>(base, payload, 400)).errors.map((error) => error.path);
  expect(await fieldsOf({ lead_agent_id: crew.lead.id })).toEqual(['title']);
  expect(await fieldsOf({ title: 'x' })).toEqual(['lead_agent_id']);
  expect(await fieldsOf({ title: 'x', lead_agent_id: crew.agents[0]!.id })).toEqual(['lead_agent_id']);
  expect(await fieldsOf({ title: 'x', lead_agent_id: crew.lead.id, titel: 'y' })).toEqual(['titel']);
  expect(await fieldsOf({ title: 'x', lead_agent_id: crew.lead.id, timeout_seconds: 0 })).toEqual(['timeout_seconds']);
  const stranger = await addCrew(api);
  expect(await fieldsOf({ title: 'x', lead_agent_id: stranger.lead.id })).toEqual(['lead_agent_id']);
});

test('a title shows something', async () => {
  const { crewId, lead, owner } = crew;
  for (const title of ['\u200b', ' \u2060\ufeff ', '\u3164']) {
    const answer = await owner.send('POST', `/api/v1/crews/${crewId}/missions`, { title, lead_agent_id: lead.id });
    expect([answer.statusCode, answer.json().errors[0].path], JSON.stringify(title)).toEqual([400, 'title']);
  }
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
  const { url, tasks } = await addMission(crew, { a: [], b: ['a'], c: ['a'], d: ['b', 'c'] });
  const mission = await crew.owner.get<Mission>(url);
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
  const first = await addMission(other, { a: [], b: ['a'] });
  const second = await addMission(other);
  await crew.owner.act(`${second.url}/start`);
  const listUrl = `/api/v1/crews/${other.crewId}/missions`;
  const all = await crew.owner.send('GET', listUrl);
  expect(expectStatus<Mission[]>(all, 200).map((mission) => mission.id)).toEqual([second.id, first.id]);
  expect(all.headers['x-total-count']).toBe('2');
  const page = await crew.owner.send('GET', `${listUrl}?limit=1&offset=1`);
  expect(expectStatus<Mission[]>(page, 200).map((mission) => mission.id)).toEqual([first.id]);
  expect(page.headers.link).toContain('rel="prev"');
  const running = await crew.owner.get<Mission[]>('/api/v1/missions?status=IN_PROGRESS&include_tasks=true');
  const found = running.find((mission) => mission.id === second.id)!;
  expect(found.tasks!.map((task) => task.title)).toEqual(['only']);
  const plain = await crew.owner.get<Mission[]>('/api/v1/missions');
  expect(plain.every((mission) => !('tasks' in mission))).toBe(true);
  await crew.owner.get('/api/v1/missions?status=RUNNING', 400);
  await crew.owner.get('/api/v1/missions?limit=101', 400);
});

test('starting commits the state, the journal entry and the command together', async () => {
  const { id, url } = await addMission(crew);
  expect(await crew.owner.act(`${url}/start`)).toEqual({ id, status: 'IN_PROGRESS' });
  const mission = await crew.owner.get<Mission>(url);
  expect(mission.status).toBe('IN_PROGRESS');
  expect(Date.parse(mission.deadline_at!) - Date.parse(mission.started_at!)).toBe(7_200_000);
  expect(await outboxTargets(id)).toEqual([`mission-${id}-1`]);
  expect(await journalOf(id)).toContain('mission.status_change:IN_PROGRESS');
});

test('of twenty simultaneous starts one wins, and the others learn the state', async () => {
  const { id, url } = await addMission(crew);
  const answers = await Promise.all(Array.from({ length: 20 }, () => crew.owner.send('POST', `${url}/start`)));
  expect(answers.filter((answer) => answer.statusCode === 200)).toHaveLength(1);
  const refused = answers.filter((answer) => answer.statusCode === 409);
  expect(refused).toHaveLength(19);
  for (const answer of refused) {
    expect(answer.json()).toMatchObject({ code: 'wrong_state', current_status: 'IN_PROGRESS' });
  }
  expect(await outboxTargets(id)).toEqual([`mission-${id}-1`]);
});

test('a cycle is a 400 that names its tasks', async () => {
  const { url, tasks } = await addMission(crew, { a: [], b: ['a'] });
  // The API refuses to make a cycle; a row that has one anyway must still not start.
  await crew.write(sql`
      INSERT INTO task_dependencies (workspace_id, task_id, depends_on_task_id)
      VALUES (${crew.workspaceId}, ${tasks.a!}, ${tasks.b!})`);
  const refusal = await crew.owner.post<{ detail: string }>(`${url}/start`, undefined, 400);
  expect(refusal.detail).toContain(tasks.a!);
  expect(refusal.detail).toContain(tasks.b!);
});

test('without a live host a start is refused and changes nothing', async () => {
  const lonely = await startApiWithHost({ host: false });
  try {
    const alone = await addCrew(lonely);
    const { url } = await addMission(alone);
    const refusal = await alone.owner.post<{ code: string }>(`${url}/start`, undefined, 503);
    expect(refusal.code).toBe('no_live_host');
    expect((await alone.owner.get<Mission>(url)).status).toBe('PLANNING');
  } finally {
    await lonely.close();
  }
});

test('PATCH edits fields and follows the transition table; what it forbids is a 409 with the state', async () => {
  const { id, url } = await addMission(crew);
  const edited = await crew.owner.patch<Mission>(url, { title: 'New', plan: 'First this' });
  expect(edited).toMatchObject({ title: 'New', plan: 'First this', status: 'PLANNING' });
  const refused = await crew.owner.patch(url, { status: 'COMPLETED', title: 'Lost' }, 409);
  expect(refused).toMatchObject({ code: 'wrong_state', current_status: 'PLANNING' });
  expect((await crew.owner.get<Mission>(url)).title).toBe('New');
  for (const status of ['IN_PROGRESS', 'REVIEW', 'IN_PROGRESS', 'REVIEW', 'COMPLETED'] as const) {
    expect((await crew.owner.patch<Mission>(url, { status })).status).toBe(status);
  }
  expect(await crew.owner.patch(url, { status: 'CANCELLED' }, 409)).toMatchObject({
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
  const { id, url } = await addMission(crew, { a: [], b: ['a'] });
  await crew.owner.post(`${url}/restart`, undefined, 409);
  await crew.owner.act(`${url}/start`);
  await crew.owner.patch(url, { status: 'CANCELLED' });
  const cancelled = await crew.owner.get<Mission>(url);
  expect(cancelled.task_stats).toMatchObject({ total: 2, cancelled: 2 });
  expect(await crew.owner.act(`${url}/restart`)).toEqual({ id, status: 'PLANNING' });
  const restarted = await crew.owner.get<Mission>(url);
  expect(restarted.tasks!.map((task) => [task.title, task.status, task.iteration])).toEqual([
    ['a', 'PENDING', 2],
    ['b', 'BLOCKED', 2],
  ]);
  await crew.owner.act(`${url}/start`);
  expect((await outboxTargets(id)).at(-1)).toBe(`mission-${id}-3`);
});

test('another crew’s, another workspace’s and a missing mission read alike', async () => {
  const { id, url } = await addMission(crew);
  const sibling = await addCrew(api, crew);
  const stranger = await addCrew(api);
  const answers = [
    await crew.owner.send('GET', `/api/v1/crews/${sibling.crewId}/missions/${id}`),
    await crew.owner.send('GET', `${base}/missing-mission`),
    await stranger.owner.send('GET', url),
    await crew.owner.send('POST', `/api/v1/crews/${sibling.crewId}/missions/${id}/start`),
    await stranger.owner.send('PATCH', `/api/v1/crews/${stranger.crewId}/missions/${id}`, { title: 'x' }),
  ];
  for (const answer of answers) expect(expectStatus<{ code: string }>(answer, 404).code).toBe('not_found');
  expect(await stranger.owner.get<Mission[]>('/api/v1/missions')).toEqual([]);
});

test('a viewer reads missions and starts none', async () => {
  const { url } = await addMission(crew);
  const viewer = await api.addMember(crew.workspaceId, 'VIEWER');
  await viewer.get(url);
  await viewer.post(`${url}/start`, undefined, 403);
});

test('totals follow what tasks are said to have cost', async () => {
  const { url, tasks } = await addMission(crew);
  const taskUrl = `${url}/tasks/${tasks.only}`;
  const task = await crew.owner.patch<Task>(taskUrl, { token_count: 1_200, estimated_cost: 0.1234567 });
  expect(task).toMatchObject({ token_count: 1_200, estimated_cost: 0.123457 });
  await crew.owner.patch(taskUrl, { token_count: 1_000 });
  const mission = await crew.owner.get<Mission>(url);
  expect(mission).toMatchObject({ total_token_count: 1_000, total_estimated_cost: 0.123457 });
});
