import { beforeEach, expect, test } from 'vitest';
import { sql } from '../../../db/kernel/sql.ts';
import { settleRunRow } from '../../../commands/engine/runs/settle-run.ts';
import type { Mission, Task } from '../../../domain/work/missions/mission.ts';
import { readMission } from '../../support/mission-view.ts';
import { addCrew, addMission, beatHost, startApiWithHost } from '../../support/mission-crew.ts';
import { BROKEN, DONE, finishOne, playOut, readTransitions, step } from './play-mission.ts';
import { perFile, perTest } from '../../support/world/per-file.ts';
import { expectStatus } from '../../support/world/caller.ts';

const api = perFile(() => startApiWithHost());
// A crew each: what one test leaves running would hold the next one's lead.
beforeEach(() => beatHost(api));
const crew = perTest(() => addCrew(api));

const get = (url: string) => crew.owner.get<Mission>(url);
const byTitle = (mission: Mission) => Object.fromEntries(mission.tasks!.map((task) => [task.title, task]));

test('deleting takes the mission and its tasks and leaves the evidence', async () => {
  const { id, url } = await addMission(crew, { a: [], b: ['a'] });
  await crew.owner.act(`${url}/start`);
  await step(api, crew, id);
  expect(await finishOne(api, crew, id, DONE)).toBe(true);
  expect(await crew.owner.delete(url, 409)).toMatchObject({ current_status: 'IN_PROGRESS' });
  await crew.owner.act(`${url}/cancel`);
  await crew.owner.delete(url);
  await crew.owner.get(url, 404);
  await crew.owner.delete(url, 404);
  expect(await crew.rows(sql`SELECT 1 FROM tasks WHERE mission_id = ${id}`)).toEqual([]);
  expect(await crew.rows(sql`SELECT 1 FROM chats WHERE id = ${id}`)).toEqual([]);
  // The dependant's attempt was handed out by the commit that ended the first; no host has taken it.
  expect(await crew.rows(sql`SELECT status FROM runs WHERE mission_id = ${id} ORDER BY created_at`)).toEqual([
    { status: 'COMPLETED' },
    { status: 'ADMITTED' },
  ]);
  expect((await readTransitions(api, id)).at(-1)).toMatchObject({
    entry_type: 'audit.entity_deleted',
    status: 'CANCELLED',
  });
});

test('an attempt that is still being stopped when its mission is deleted ends as it would have', async () => {
  const { id, url } = await addMission(crew);
  await crew.owner.act(`${url}/start`);
  await step(api, crew, id);
  const [run] = (await readMission(api.database, crew.workspaceId, id)).runs;
  await crew.owner.act(`${url}/cancel`);
  await crew.owner.delete(url);
  const address = { workspaceId: crew.workspaceId, id: run!.id, generation: 0 };
  expect(await settleRunRow(api.database, address, { outcome: { kind: 'cancelled' } })).toBe('CANCELLED');
  expect(await crew.rows(sql`SELECT 1 FROM slot_leases WHERE run_id = ${run!.id}`)).toEqual([]);
});

test('a manager starts and cancels missions but does not delete them', async () => {
  const { url } = await addMission(crew);
  const manager = await api.addMember(crew.workspaceId, 'MANAGER');
  await manager.delete(url, 403);
  await manager.act(`${url}/cancel`, { reason: 'not needed' });
});

test('a reason given for a cancellation is in the journal, and a mission that is over is not cancelled again', async () => {
  const { id, url } = await addMission(crew, { a: [], b: ['a'] });
  await crew.owner.post(`${url}/cancel`, { reason: 'x'.repeat(2_001) }, 400);
  await crew.owner.post(`${url}/cancel`, { because: 'x' }, 400);
  expect(await crew.owner.act(`${url}/cancel`, { reason: 'the plan changed' })).toEqual({
    id,
    status: 'CANCELLED',
  });
  const change = (await readTransitions(api, id)).find(({ entry_type: type }) => type === 'mission.status_change');
  expect(change).toMatchObject({ from: 'PLANNING', to: 'CANCELLED', reason: 'the plan changed' });
  expect((await get(url)).task_stats.cancelled).toBe(2);
  expect(await crew.owner.post(`${url}/cancel`, undefined, 409)).toMatchObject({ current_status: 'CANCELLED' });
});

test('resuming runs again what failed and what depends on it, and nothing else', async () => {
  const { id, url, tasks } = await addMission(crew, { a: [], b: ['a'], c: ['b'], d: ['a'] });
  await crew.owner.post(`${url}/resume`, undefined, 409);
  await crew.owner.act(`${url}/start`);
  await step(api, crew, id);
  await finishOne(api, crew, id, DONE);
  await crew.owner.patch(`${url}/tasks/${tasks.d}`, { status: 'PENDING' });
  await crew.owner.patch(`${url}/tasks/${tasks.d}`, { status: 'SKIPPED' });
  await playOut(api, crew, id, BROKEN);
  const failed = await get(url);
  expect([failed.status, failed.task_stats]).toMatchObject(['FAILED', { completed: 1, failed: 2, skipped: 1 }]);
  expect(await crew.owner.act(`${url}/resume`)).toEqual({ id, status: 'IN_PROGRESS', reset_tasks: 2 });
  const resumed = byTitle(await get(url));
  expect([resumed.a!.status, resumed.b!.status, resumed.c!.status, resumed.d!.status]).toEqual([
    'COMPLETED',
    'PENDING',
    'BLOCKED',
    'SKIPPED',
  ]);
  expect([resumed.a!.iteration, resumed.b!.iteration, resumed.c!.iteration]).toEqual([1, 2, 2]);
  await playOut(api, crew, id, DONE);
  expect((await get(url)).status).toBe('REVIEW');
});

test('a mission that ran out of time is resumed with the tasks it cancelled, on a new clock', async () => {
  const { id, url } = await addMission(crew, { a: [] });
  await crew.owner.act(`${url}/start`);
  await crew.write(sql`UPDATE missions SET deadline_at = now() - interval '1 second' WHERE id = ${id}`);
  await step(api, crew, id);
  expect(await get(url)).toMatchObject({ status: 'FAILED', task_stats: { cancelled: 1 } });
  await crew.owner.act(`${url}/resume`);
  expect(Date.parse((await get(url)).deadline_at!)).toBeGreaterThan(Date.now() + 7_000_000);
});

test('a failed mission in which every task is done has nothing to resume', async () => {
  const { id, url } = await addMission(crew);
  await crew.owner.act(`${url}/start`);
  await playOut(api, crew, id, DONE);
  await crew.owner.patch(url, { status: 'FAILED' });
  await crew.owner.post(`${url}/resume`, undefined, 400);
  expect((await get(url)).status).toBe('FAILED');
});

test('of simultaneous resumes and restarts one wins, and the others learn the state', async () => {
  const { id, url } = await addMission(crew);
  await crew.owner.act(`${url}/start`);
  await playOut(api, crew, id, BROKEN);
  const answers = await Promise.all(
    Array.from({ length: 12 }, (_, index) =>
      crew.owner.send('POST', `${url}/${index % 2 === 0 ? 'resume' : 'restart'}`),
    ),
  );
  const won = answers.filter((answer) => answer.statusCode === 200);
  expect(won).toHaveLength(1);
  const reached = won[0]!.json<{ status: string }>().status;
  for (const answer of answers.filter((candidate) => candidate !== won[0])) {
    expect(expectStatus(answer, 409)).toMatchObject({ code: 'wrong_state', current_status: reached });
  }
});

test('a cancellation that meets starts ends the mission, whichever comes first', async () => {
  const { url } = await addMission(crew);
  const answers = await Promise.all([
    ...Array.from({ length: 5 }, () => crew.owner.send('POST', `${url}/start`)),
    crew.owner.send('POST', `${url}/cancel`),
    ...Array.from({ length: 5 }, () => crew.owner.send('POST', `${url}/start`)),
  ]);
  expect(answers[5]!.statusCode).toBe(200);
  expect(answers.filter((answer) => answer.statusCode === 200).length).toBeLessThanOrEqual(2);
  expect((await get(url)).status).toBe('CANCELLED');
});

test('a copy has the original’s tasks under new ids, none begun', async () => {
  const { id, url } = await addMission(crew, { a: [], b: ['a'], c: ['a', 'b'] });
  await crew.owner.patch(url, { plan: 'First this', title: 'T'.repeat(500) });
  await crew.owner.act(`${url}/start`);
  await playOut(api, crew, id, DONE);
  const answer = await crew.owner.post<{ id: string; status: string }>(`${url}/clone`);
  expect(answer.status).toBe('PLANNING');
  const copyUrl = url.replace(id, answer.id);
  const [original, copy] = [await get(url), await get(copyUrl)];
  expect(copy).toMatchObject({ status: 'PLANNING', plan: 'First this', title: `${'T'.repeat(493)} (copy)` });
  const [from, to] = [byTitle(original), byTitle(copy)];
  expect(Object.values(to).map((task) => [task.title, task.status, task.iteration, task.run_id])).toEqual([
    ['a', 'PENDING', 1, null],
    ['b', 'BLOCKED', 1, null],
    ['c', 'BLOCKED', 1, null],
  ]);
  expect(new Set([...Object.values(from), ...Object.values(to)].map((task) => task.id)).size).toBe(6);
  expect(JSON.parse(to.c!.depends_on)).toEqual([to.a!.id, to.b!.id].sort());
  await crew.owner.act(`${copyUrl}/start`);
  await playOut(api, crew, answer.id, DONE);
  expect((await get(copyUrl)).status).toBe('REVIEW');
});

test('a paused mission starts nothing, lets what runs go on, and its deadline moves on with the pause', async () => {
  const { id, url } = await addMission(crew, { a: [], b: [], c: ['a'] });
  await crew.owner.act(`${url}/start`);
  await step(api, crew, id);
  const deadline = Date.parse((await get(url)).deadline_at!);
  const paused = await crew.owner.act<Mission>(`${url}/pause`);
  expect(paused).toMatchObject({ id, status: 'IN_PROGRESS' });
  expect(await crew.owner.act(`${url}/pause`)).toEqual(paused);
  // The lead takes one at a time: one attempt has its place, the other waits and must not get it now.
  await finishOne(api, crew, id, DONE);
  await step(api, crew, id);
  expect(await finishOne(api, crew, id, DONE)).toBe(false);
  expect((await get(url)).task_stats).toMatchObject({ completed: 1, pending: 2 });
  await crew.write(sql`UPDATE missions SET clock_stopped_at = clock_stopped_at - interval '1 hour' WHERE id = ${id}`);
  const going = await crew.owner.act<Mission>(`${url}/unpause`);
  expect(going.paused_at).toBeNull();
  expect(Date.parse(going.deadline_at!) - deadline).toBeGreaterThanOrEqual(3_600_000);
  await crew.owner.act(`${url}/unpause`);
  await playOut(api, crew, id, DONE);
  expect((await get(url)).status).toBe('REVIEW');
  expect(await crew.owner.post(`${url}/pause`, undefined, 409)).toMatchObject({ current_status: 'REVIEW' });
  const pauses = (await readTransitions(api, id))
    .map(({ entry_type: type }) => type)
    .filter((type) => /paused/.test(type));
  expect(pauses).toEqual(['mission.paused', 'mission.unpaused']);
});

test('a paused mission does not run out of time, and one whose time was up before it was paused does', async () => {
  const long = await addMission(crew);
  await crew.owner.act(`${long.url}/start`);
  await crew.owner.act(`${long.url}/pause`);
  const age = (id: string) =>
    crew.write(sql`
        UPDATE missions SET deadline_at = deadline_at - interval '3 hours',
          clock_stopped_at = clock_stopped_at - interval '3 hours' WHERE id = ${id}`);
  await age(long.id);
  await step(api, crew, long.id);
  expect((await get(long.url)).status).toBe('IN_PROGRESS');
  const late = await addMission(crew);
  await crew.owner.act(`${late.url}/start`);
  await age(late.id);
  await crew.owner.act(`${late.url}/pause`);
  await step(api, crew, late.id);
  expect(await get(late.url)).toMatchObject({ status: 'FAILED', paused_at: null, clock_stopped_at: null });
});

test('metrics count missions and what the last day brought', async () => {
  const own = await addCrew(api);
  const call = (method: 'GET' | 'POST' | 'PATCH', url: string, payload?: object) =>
    own.owner.send(method, url, payload);
  const metrics = async () => expectStatus(await call('GET', '/api/v1/mission-metrics'), 200);
  expect(await metrics()).toEqual({
    total_missions: 0,
    active_missions: 0,
    completed_24h: 0,
    failed_24h: 0,
    total_tokens_24h: 0,
    total_cost_24h: 0,
    avg_completion_time_ms: null,
    tasks_completed_24h: 0,
    tasks_failed_24h: 0,
  });
  const good = await addMission(own);
  const bad = await addMission(own, { a: [], b: ['a'] });
  await addMission(own);
  for (const { url } of [good, bad]) expectStatus(await call('POST', `${url}/start`), 200);
  await playOut(api, own, good.id, { ...DONE, costMicros: 1_500_000 });
  await playOut(api, own, bad.id, BROKEN);
  const spent = await call('PATCH', `${good.url}/tasks/${good.tasks.only}`, { token_count: 900 });
  expectStatus<Task>(spent, 200);
  expectStatus(await call('PATCH', good.url, { status: 'COMPLETED' }), 200);
  const now = await metrics();
  expect(now).toMatchObject({
    total_missions: 3,
    active_missions: 1,
    completed_24h: 1,
    failed_24h: 1,
    total_tokens_24h: 900,
    total_cost_24h: 1.5,
    tasks_completed_24h: 1,
    tasks_failed_24h: 2,
  });
  expect((now as { avg_completion_time_ms: number }).avg_completion_time_ms).toBeGreaterThanOrEqual(0);
});
