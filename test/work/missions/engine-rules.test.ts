import { beforeEach, expect, test } from 'vitest';
import { sql } from '../../../db/kernel/sql.ts';
import type { Mission } from '../../../domain/work/missions/mission.ts';
import { readMission } from '../../support/mission-view.ts';
import { addCrew, addMission, beatHost, startApiWithHost } from '../../support/mission-crew.ts';
import { BROKEN, DONE, finishOne, playOut, startMission, step } from './play-mission.ts';
import { perFile, perTest } from '../../support/world/per-file.ts';

const api = perFile(() => startApiWithHost());
beforeEach(() => beatHost(api));
const crew = perTest(() => addCrew(api));

const get = (url: string) => crew.owner.get<Mission>(url);

async function begin(tasks: Record<string, string[]>) {
  const mission = await addMission(crew, tasks);
  const taskUrl = (name: string) => `${mission.url}/tasks/${mission.tasks[name]}`;
  return { ...mission, taskUrl };
}

async function statuses(url: string): Promise<Record<string, string>> {
  return Object.fromEntries((await get(url)).tasks!.map((task) => [task.title, task.status]));
}

test('a skipped task lets its dependants go, and a mission whose tasks are done or skipped goes to REVIEW', async () => {
  const mission = await begin({ a: [], b: ['a'], c: ['b'] });
  await crew.owner.patch(mission.taskUrl('b'), { status: 'SKIPPED' });
  await startMission(api, crew, mission);
  // c waits for b alone, which is skipped.
  expect(await statuses(mission.url)).toEqual({ a: 'PENDING', b: 'SKIPPED', c: 'PENDING' });
  await playOut(api, crew, mission.id, DONE);
  expect(await get(mission.url)).toMatchObject({ status: 'REVIEW', task_stats: { completed: 2, skipped: 1 } });
});

test('a failed task is tried again after 1 s, then 2 s, as often as max_iterations says', async () => {
  const mission = await begin({ a: [] });
  await crew.owner.patch(mission.taskUrl('a'), { max_iterations: 3 });
  await startMission(api, crew, mission);
  for (const [iteration, pauseMs] of [
    [2, 1_000],
    [3, 2_000],
  ] as const) {
    expect(await finishOne(api, crew, mission.id, BROKEN)).toBe(true);
    const { tasks } = await get(mission.url);
    expect(tasks![0]).toMatchObject({ status: 'PENDING', iteration, error_code: 'exit_code' });
    const [row] = await crew.rows<{ left_ms: number }>(
      sql`SELECT extract(epoch FROM retry_at - updated_at)::double precision * 1000 AS left_ms FROM tasks
        WHERE id = ${tasks![0]!.id}`,
    );
    expect(row!.left_ms).toBeGreaterThanOrEqual(pauseMs);
    expect(row!.left_ms).toBeLessThan(pauseMs + 30_000);
    const before = (await readMission(api.database, crew.workspaceId, mission.id)).runs.length;
    await crew.write(sql`UPDATE tasks SET retry_at = now() + interval '1 hour' WHERE id = ${tasks![0]!.id}`);
    await step(api, crew, mission.id);
    expect((await readMission(api.database, crew.workspaceId, mission.id)).runs).toHaveLength(before);
    await crew.write(sql`UPDATE tasks SET retry_at = now() WHERE id = ${tasks![0]!.id}`);
    await step(api, crew, mission.id);
  }
  expect(await finishOne(api, crew, mission.id, BROKEN)).toBe(true);
  await step(api, crew, mission.id);
  expect(await get(mission.url)).toMatchObject({ status: 'FAILED', tasks: [{ status: 'FAILED', iteration: 3 }] });
});

test('a task that fails for good fails all that depends on it, and leaves the rest to finish', async () => {
  const mission = await begin({ a: [], b: ['a'], c: ['b'], other: [], after: ['other'] });
  for (const [name, agent] of [
    ['other', 0],
    ['after', 0],
  ] as const) {
    await crew.owner.patch(mission.taskUrl(name), { assigned_agent_id: crew.agents[agent]!.id });
  }
  await startMission(api, crew, mission);
  const { runs } = await readMission(api.database, crew.workspaceId, mission.id);
  expect(runs.map(({ status }) => status)).toEqual(['ADMITTED', 'ADMITTED']);
  const ofA = runs.find(({ task_id }) => task_id === mission.tasks.a)!;
  await crew.write(sql`UPDATE runs SET created_at = now() - interval '1 day' WHERE id = ${ofA.id}`);
  expect(await finishOne(api, crew, mission.id, BROKEN)).toBe(true);
  await step(api, crew, mission.id);
  expect(await statuses(mission.url)).toMatchObject({ a: 'FAILED', b: 'FAILED', c: 'FAILED', other: 'PENDING' });
  expect((await get(mission.url)).status).toBe('IN_PROGRESS');
  await playOut(api, crew, mission.id, DONE);
  expect(await get(mission.url)).toMatchObject({ status: 'FAILED', task_stats: { completed: 2, failed: 3 } });
});

test('a mission whose open tasks all wait for each other fails as a deadlock', async () => {
  const mission = await begin({ a: [], b: ['a'] });
  await startMission(api, crew, mission);
  // The API refuses to make such a row.
  await crew.write(sql`
    INSERT INTO task_dependencies (workspace_id, task_id, depends_on_task_id)
    VALUES (${crew.workspaceId}, ${mission.tasks.a!}, ${mission.tasks.b!})`);
  await crew.write(sql`UPDATE tasks SET status = 'BLOCKED', run_id = NULL WHERE id = ${mission.tasks.a!}`);
  await step(api, crew, mission.id);
  const failed = await get(mission.url);
  expect(failed).toMatchObject({ status: 'FAILED', failure_reason: 'every open task waits for another' });
  expect(failed.task_stats).toMatchObject({ cancelled: 2 });
});

test('a mission whose time is up fails, and its running attempts are told to stop', async () => {
  const mission = await begin({ a: [], b: ['a'] });
  await startMission(api, crew, mission);
  await crew.write(sql`UPDATE missions SET deadline_at = now() - interval '1 second' WHERE id = ${mission.id}`);
  await step(api, crew, mission.id);
  expect(await get(mission.url)).toMatchObject({
    status: 'FAILED',
    failure_reason: 'the mission ran out of time',
    task_stats: { cancelled: 2 },
  });
  const [run] = await crew.rows<{ cancel_requested_at: string | null }>(
    sql`SELECT cancel_requested_at FROM runs WHERE mission_id = ${mission.id}`,
  );
  expect(run!.cancel_requested_at).not.toBeNull();
});
