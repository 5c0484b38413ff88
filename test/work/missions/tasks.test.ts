import { expect, test } from 'vitest';
import { advanceMission } from '../../../commands/engine/missions/advance-mission.ts';
import { sql } from '../../../db/kernel/sql.ts';
import type { Mission, Task } from '../../../domain/work/missions/mission.ts';
import { addCrew, addMission, startApiWithHost } from '../../support/mission-crew.ts';
import { perFile } from '../../support/world/per-file.ts';
import { expectStatus } from '../../support/world/caller.ts';

const api = perFile(() => startApiWithHost());
const crew = perFile(() => addCrew(api));

async function refusedFields(url: string, method: 'POST' | 'PATCH', payload: object): Promise<string[]> {
  const refusal = expectStatus<{ errors?: { path: string }[] }>(await crew.owner.send(method, url, payload), 400);
  return (refusal.errors ?? []).map((error) => error.path);
}

test('a created task has every documented member', async () => {
  const { url } = await addMission(crew, {});
  const agent = crew.agents[0]!;
  const response = await crew.owner.send('POST', `${url}/tasks`, {
    title: 'Collect',
    description: 'All of it',
    assigned_agent_id: agent.id,
    task_order: 3,
    max_iterations: 2,
  });
  const task = expectStatus<Task>(response, 201);
  expect(task).toMatchObject({
    mission_id: url.split('/').at(-1),
    assigned_agent_id: agent.id,
    agent_name: 'one',
    agent_slug: agent.slug,
    title: 'Collect',
    description: 'All of it',
    status: 'PENDING',
    task_order: 3,
    depends_on: '[]',
    iteration: 1,
    max_iterations: 2,
    token_count: 0,
    estimated_cost: 0,
    needs_review: false,
    approval_required: false,
    started_at: null,
    duration_ms: null,
  });
});

test('a bad task names the field', async () => {
  const { url, tasks } = await addMission(crew, { a: [] });
  const foreign = await addMission(crew, { x: [] });
  const create = (payload: object) => refusedFields(`${url}/tasks`, 'POST', payload);
  expect(await create({})).toEqual(['title']);
  expect(await create({ title: '  ' })).toEqual(['title']);
  expect(await create({ title: 'x', max_iterations: 51 })).toEqual(['max_iterations']);
  expect(await create({ title: 'x', depends_on: '[]' })).toEqual(['depends_on']);
  expect(await create({ title: 'x', depends_on: [foreign.tasks.x] })).toEqual(['depends_on']);
  expect(await create({ title: 'x', depends_on: [tasks.a, tasks.a] })).toEqual(['depends_on']);
  expect(await create({ title: 'x', assigned_agent_id: 'nobody' })).toEqual(['assigned_agent_id']);
  expect(await create({ title: 'x', timeout: 5 })).toEqual(['timeout']);
});

test('a task is added while its mission is PLANNING or IN_PROGRESS, and a running mission is told', async () => {
  const { id, url } = await addMission(crew);
  await crew.owner.act(`${url}/start`);
  await crew.owner.post(`${url}/tasks`, { title: 'Late' });
  const told = await api.database.systemReads.any([], sql`SELECT 1 FROM outbox WHERE target = ${`mission-${id}-1`}`);
  expect(told).toHaveLength(2);
  await crew.owner.patch(url, { status: 'CANCELLED' });
  expect(await crew.owner.post(`${url}/tasks`, { title: 'Too late' }, 409)).toMatchObject({
    code: 'wrong_state',
    current_status: 'CANCELLED',
  });
});

test('dependencies are changed by a JSON string; unknown ones, cycles and a status with them are refused', async () => {
  const { url, tasks } = await addMission(crew, { a: [], b: ['a'], c: [] });
  const patch = (name: string, payload: object) => crew.owner.send('PATCH', `${url}/tasks/${tasks[name]}`, payload);
  const refused = (name: string, payload: object) => refusedFields(`${url}/tasks/${tasks[name]}`, 'PATCH', payload);
  const blocked = expectStatus<Task>(await patch('c', { depends_on: JSON.stringify([tasks.b]) }), 200);
  expect([blocked.status, blocked.depends_on]).toEqual(['BLOCKED', JSON.stringify([tasks.b])]);
  expect(await refused('a', { depends_on: JSON.stringify([tasks.c]) })).toEqual(['depends_on']);
  expect(await refused('a', { depends_on: JSON.stringify([tasks.a]) })).toEqual(['depends_on']);
  expect(await refused('a', { depends_on: '["missing-task"]' })).toEqual(['depends_on']);
  expect(await refused('a', { depends_on: [tasks.c] })).toEqual(['depends_on']);
  expect(await refused('a', { depends_on: 'not json' })).toEqual(['depends_on']);
  expect(await refused('c', { depends_on: '[]', status: 'SKIPPED' })).toEqual(['depends_on']);
  const freed = expectStatus<Task>(await patch('c', { depends_on: '[]' }), 200);
  expect(freed.status).toBe('PENDING');
});

test('a hand-made status follows the table, and what a task is stays as it is once it has begun', async () => {
  const { url, tasks } = await addMission(crew, { a: [], b: ['a'] });
  const patch = (name: string, payload: object) => crew.owner.send('PATCH', `${url}/tasks/${tasks[name]}`, payload);
  expect(expectStatus(await patch('a', { status: 'COMPLETED' }), 409)).toMatchObject({ current_status: 'PENDING' });
  expect(expectStatus<Task>(await patch('a', { status: 'IN_PROGRESS' }), 200).started_at).not.toBeNull();
  expect(expectStatus(await patch('a', { title: 'Other' }), 409)).toMatchObject({ current_status: 'IN_PROGRESS' });
  const done = expectStatus<Task>(await patch('a', { status: 'COMPLETED', result_summary: 'Done by hand' }), 200);
  expect(done).toMatchObject({ status: 'COMPLETED', result_summary: 'Done by hand' });
  expect(done.duration_ms).toBeGreaterThanOrEqual(0);
  expectStatus(await patch('a', { status: 'FAILED' }), 409);
  expectStatus(await patch('b', { status: 'AWAITING_APPROVAL' }), 409);
  expectStatus(await patch('b', { status: 'SKIPPED' }), 200);
  const mission = await crew.owner.get<Mission>(url);
  expect(mission.task_stats).toMatchObject({ completed: 1, skipped: 1 });
});

test('a person who takes a task on takes it from the attempt that was queued', async () => {
  const { id, url, tasks } = await addMission(crew);
  await crew.owner.act(`${url}/start`);
  await advanceMission(api.database, { workspaceId: crew.workspaceId, id, generation: 1 });
  const queued = (await crew.owner.get<Mission>(url)).tasks![0]!;
  expect(queued.run_id).not.toBeNull();
  await crew.owner.patch(`${url}/tasks/${tasks.only}`, { title: 'Other' }, 409);
  const taken = await crew.owner.patch<Task>(`${url}/tasks/${tasks.only}`, { status: 'IN_PROGRESS' });
  expect(taken.run_id).toBeNull();
  const run = await api.database.reads.maybeOne<{ cancelled: boolean }>(
    [crew.workspaceId],
    sql`SELECT cancel_requested_at IS NOT NULL AS cancelled FROM runs WHERE id = ${queued.run_id}`,
  );
  expect(run).toEqual({ cancelled: true });
});

test('a task that is blocked again in the same generation is unblocked again', async () => {
  const { id, url, tasks } = await addMission(crew, { a: [], b: ['a'], c: [] });
  await crew.owner.act(`${url}/start`);
  await crew.write(sql`UPDATE missions SET paused_at = now() WHERE id = ${id}`);
  const address = { workspaceId: crew.workspaceId, id, generation: 1 };
  const statusOfB = async () => (await crew.owner.get<Mission>(url)).tasks!.find((task) => task.id === tasks.b)!.status;
  const patch = (name: string, payload: object) => crew.owner.send('PATCH', `${url}/tasks/${tasks[name]}`, payload);
  expectStatus(await patch('a', { status: 'SKIPPED' }), 200);
  await advanceMission(api.database, address);
  expect(await statusOfB()).toBe('PENDING');
  expectStatus(await patch('b', { depends_on: JSON.stringify([tasks.c]) }), 200);
  expect(await statusOfB()).toBe('BLOCKED');
  expectStatus(await patch('c', { status: 'SKIPPED' }), 200);
  await advanceMission(api.database, address);
  expect(await statusOfB()).toBe('PENDING');
});

test('a task of another mission, crew or workspace is not found', async () => {
  const { url } = await addMission(crew);
  const other = await addMission(crew);
  const stranger = await addCrew(api);
  await crew.owner.patch(`${url}/tasks/${other.tasks.only}`, { title: 'x' }, 404);
  await stranger.owner.patch(`${url}/tasks/${other.tasks.only}`, { title: 'x' }, 404);
  await stranger.owner.post(`${url}/tasks`, { title: 'x' }, 404);
});

test('tasks are listed by pages in their order, with how many there are; another crew’s mission is not found', async () => {
  const { id, url, tasks } = await addMission(crew, { a: [], b: ['a'], c: ['a'] });
  const first = await crew.owner.send('GET', `${url}/tasks?limit=2`);
  expect(expectStatus<Task[]>(first, 200).map((task) => task.id)).toEqual([tasks.a, tasks.b]);
  expect(first.headers).toMatchObject({ 'x-total-count': '3', link: expect.stringContaining('rel="next"') });
  const rest = await crew.owner.get<Task[]>(`${url}/tasks?limit=2&offset=2`);
  expect(rest.map((task) => task.depends_on)).toEqual([JSON.stringify([tasks.a])]);
  const other = await addCrew(api, crew);
  await crew.owner.get(`/api/v1/crews/${other.crewId}/missions/${id}/tasks`, 404);
});

test('a mission in a list shows its first 100 tasks, by itself 500, and counts them all', async () => {
  const { id, url } = await addMission(crew, {});
  await crew.write(sql`
      INSERT INTO tasks (id, workspace_id, mission_id, crew_id, title, task_order)
      SELECT ${id} || n, ${crew.workspaceId}, ${id}, ${crew.crewId}, 'Task ' || n, n
        FROM generate_series(1, 501) AS n`);
  const listed = (await crew.owner.get<Mission[]>('/api/v1/missions?include_tasks=true&limit=1'))[0]!;
  expect(listed).toMatchObject({ id, task_stats: { total: 501, pending: 501, blocked: 0 } });
  expect(listed.tasks!.map((task) => task.task_order)).toEqual(Array.from({ length: 100 }, (_, index) => index + 1));
  const mission = await crew.owner.get<Mission>(url);
  expect(mission.task_stats.total).toBe(501);
  expect(mission.tasks!.map((task) => task.task_order)).toEqual(Array.from({ length: 500 }, (_, index) => index + 1));
});

test('tasks are found by a part of their title, and missions by that of a task, too', async () => {
  const { id, url } = await addMission(crew);
  await crew.owner.post(`${url}/tasks`, { title: 'Look at /var/log/nginx/access.log' });
  await crew.owner.post(`${url}/tasks`, { title: 'Write to jane_doe@example.com' });
  const tasks = await crew.owner.ask<{ title: string }[]>('GET', `${url}/tasks?q=NGINX`);
  expect(tasks.body.map(({ title }) => title)).toEqual(['Look at /var/log/nginx/access.log']);
  expect(tasks.headers['x-total-count']).toBe('1');
  const missions = await crew.owner.ask<{ id: string }[]>('GET', '/missions?q=jane_doe');
  expect([missions.body.map((one) => one.id), missions.headers['x-total-count']]).toEqual([[id], '1']);
  expect(await crew.owner.get(`/crews/${crew.crewId}/missions?q=no%20such%20words`)).toEqual([]);
  expect((await crew.owner.ask('GET', `/missions?q=${'x'.repeat(201)}`)).status).toBe(400);
});
