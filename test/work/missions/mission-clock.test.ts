import { beforeEach, expect, test } from 'vitest';
import { markAgentGaveUp } from '../../../commands/engine/escalations/close-escalation.ts';
import { sql } from '../../../db/kernel/sql.ts';
import { advanceMission } from '../../../commands/engine/missions/advance-mission.ts';
import type { Mission } from '../../../domain/work/missions/mission.ts';
import { askPeople, moveDeadline } from '../../people/escalations/escalation-fixture.ts';
import { readMission } from '../../support/mission-view.ts';
import { addCrew, addMission, beatHost, startApiWithHost } from '../../support/mission-crew.ts';
import { beginMission, DONE, finishOne, startOne, startRun, step } from './play-mission.ts';
import { perFile, perTest } from '../../support/world/per-file.ts';

const api = perFile(() => startApiWithHost());
beforeEach(() => beatHost(api, 100));
const crew = perTest(() => addCrew(api));

const get = (url: string) => crew.owner.get<Mission>(url);
const resolve = (id: string) => crew.owner.patch(`/api/v1/escalations/${id}/resolve`, { resolution: 'Left' });

/** As if the clock had stood since this long before now, and were to stand until this long before now at the latest. */
async function standSince(missionId: string, sinceMs: number, untilMs: number): Promise<void> {
  await crew.write(sql`
      UPDATE missions SET clock_stopped_at = clock_timestamp() - ${sinceMs} * interval '1 millisecond',
        clock_stop_ends_at = clock_timestamp() - ${untilMs} * interval '1 millisecond' WHERE id = ${missionId}`);
}

async function advance(missionId: string) {
  const { generation } = await readMission(api.database, crew.workspaceId, missionId);
  return advanceMission(api.database, { workspaceId: crew.workspaceId, id: missionId, generation });
}

test('the clock stands while the only attempt waits for people, and their answer moves the deadline on', async () => {
  const { id, url } = await beginMission(api, crew, { a: [], b: ['a'] });
  const { run } = await startOne(api, crew, id);
  const before = await get(url);
  expect(before.clock_stopped_at).toBeNull();
  const asked = await askPeople(api.database, crew, id, 'Which way?', run.id);
  const stopped = await get(url);
  expect(stopped).toMatchObject({ clock_stopped_at: expect.any(String), deadline_at: before.deadline_at });
  const waiting = await advance(id);
  expect(waiting).toMatchObject({ kind: 'waiting' });
  expect('wakeInMs' in waiting && waiting.wakeInMs).toBeGreaterThan(290_000);
  expect('wakeInMs' in waiting && waiting.wakeInMs).toBeLessThanOrEqual(300_000);
  await standSince(id, 60_000, -200_000);
  await resolve(asked);
  const running = await get(url);
  expect(running.clock_stopped_at).toBeNull();
  const movedMs = Date.parse(running.deadline_at!) - Date.parse(before.deadline_at!);
  expect(movedMs).toBeGreaterThanOrEqual(60_000);
  expect(movedMs).toBeLessThan(90_000);
});

test('the clock goes on while another task could run, or an attempt does not wait', async () => {
  const { id, url, tasks } = await addMission(crew, { a: [], b: [] });
  const assign = (name: 'a' | 'b', agent: number) =>
    crew.owner.send('PATCH', `${url}/tasks/${tasks[name]}`, { assigned_agent_id: crew.agents[agent]!.id });
  await assign('a', 0);
  await assign('b', 1);
  await crew.owner.act(`${url}/start`);
  await step(api, crew, id);
  const { runs } = await readMission(api.database, crew.workspaceId, id);
  const asked = await askPeople(api.database, crew, id, 'first?', (await startRun(api, crew, runs[0]!.id)).run.id);
  expect((await get(url)).clock_stopped_at).toBeNull();
  await startRun(api, crew, runs[1]!.id);
  expect((await get(url)).clock_stopped_at).toBeNull();
  await askPeople(api.database, crew, id, 'second?', runs[1]!.id);
  expect((await get(url)).clock_stopped_at).not.toBeNull();
  await askPeople(api.database, crew, id, 'and this?', runs[1]!.id);
  await crew.owner.act(`/api/v1/escalations/${asked}/cancel`);
  expect((await get(url)).clock_stopped_at).toBeNull();
});

test('a question that no attempt asked, or that an older attempt asked, stops no clock', async () => {
  const { id, url } = await beginMission(api, crew, { a: [] });
  const { run } = await startOne(api, crew, id);
  await askPeople(api.database, crew, id);
  expect((await get(url)).clock_stopped_at).toBeNull();
  await askPeople(api.database, crew, id, 'Which way?', run.id);
  expect((await get(url)).clock_stopped_at).not.toBeNull();
  await finishOne(api, crew, id, { outcome: { kind: 'lost' } });
  expect((await get(url)).clock_stopped_at).toBeNull();
});

test('a window that ends starts the clock again as of its end, however late anyone looks', async () => {
  const { id, url } = await beginMission(api, crew, { a: [] });
  const { run } = await startOne(api, crew, id);
  const before = Date.parse((await get(url)).deadline_at!);
  const asked = await askPeople(api.database, crew, id, 'Which way?', run.id);
  await moveDeadline(api.database, crew, asked, 'deadline_at', -3_600_000);
  await standSince(id, 3_900_000, 3_600_000);
  expect(await advance(id)).toMatchObject({ wakeInMs: 0 });
  const after = await get(url);
  expect(after.clock_stopped_at).toBeNull();
  expect(Date.parse(after.deadline_at!) - before).toBe(300_000);
});

test('a second question after a window that nobody saw end begins a stop of its own', async () => {
  const { id, url } = await beginMission(api, crew, { a: [] });
  const { run } = await startOne(api, crew, id);
  const before = Date.parse((await get(url)).deadline_at!);
  const asked = await askPeople(api.database, crew, id, 'Which way?', run.id);
  await moveDeadline(api.database, crew, asked, 'deadline_at', -60_000);
  await standSince(id, 360_000, 60_000);
  await askPeople(api.database, crew, id, 'And now?', run.id);
  const after = await get(url);
  expect(Date.now() - Date.parse(after.clock_stopped_at!)).toBeLessThan(30_000);
  expect(Date.parse(after.deadline_at!) - before).toBe(300_000);
});

test('an agent that gives up starts the clock', async () => {
  const { id, url } = await beginMission(api, crew, { a: [] });
  const { run } = await startOne(api, crew, id);
  const asked = await askPeople(api.database, crew, id, 'Which way?', run.id);
  expect((await get(url)).clock_stopped_at).not.toBeNull();
  await moveDeadline(api.database, crew, asked, 'deadline_at', -1);
  await markAgentGaveUp(api.database, crew.workspaceId, asked);
  expect((await get(url)).clock_stopped_at).toBeNull();
});

test('approvals and questions together stop it, and a pause keeps it stopped whatever is answered', async () => {
  const { id, url, tasks } = await addMission(crew, { a: [], b: [] });
  await crew.owner.patch(`${url}/tasks/${tasks.a}`, { approval_required: true });
  await crew.owner.act(`${url}/start`);
  await step(api, crew, id);
  await finishOne(api, crew, id, DONE);
  expect((await get(url)).clock_stopped_at).toBeNull();
  const { run } = await startOne(api, crew, id);
  const asked = await askPeople(api.database, crew, id, 'Which way?', run.id);
  expect((await get(url)).clock_stopped_at).not.toBeNull();
  await crew.owner.act(`${url}/pause`);
  await resolve(asked);
  expect((await get(url)).clock_stopped_at).not.toBeNull();
  await crew.owner.act(`${url}/unpause`);
  expect((await get(url)).clock_stopped_at).toBeNull();
});

test('a lead that asks while it plans stops the clock too', async () => {
  const { id, url } = await beginMission(api, crew, {});
  const { run } = await startOne(api, crew, id);
  expect((await get(url)).clock_stopped_at).toBeNull();
  const asked = await askPeople(api.database, crew, id, 'How many?', run.id);
  expect((await get(url)).clock_stopped_at).not.toBeNull();
  await resolve(asked);
  expect((await get(url)).clock_stopped_at).toBeNull();
});
