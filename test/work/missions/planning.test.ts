import { beforeEach, expect, test } from 'vitest';
import { sql } from '../../../db/kernel/sql.ts';
import { readRunExecution } from '../../../db/work/runs/read-run-execution.ts';
import { type RunReport, settleRunRow } from '../../../commands/engine/runs/settle-run.ts';
import type { Mission } from '../../../domain/work/missions/mission.ts';
import type { Run } from '../../../domain/work/runs/run.ts';
import { readMission } from '../../support/mission-view.ts';
import { addCrew, addMission, beatHost, type ApiCrew, startApiWithHost } from '../../support/mission-crew.ts';
import { BROKEN, DONE, finishOne, playOut, readTransitions, step } from './play-mission.ts';
import { perFile } from '../../support/world/per-file.ts';

let crew: ApiCrew;

const api = perFile(() => startApiWithHost());
beforeEach(async () => {
  await beatHost(api);
  crew = await addCrew(api);
});

const get = (url: string) => crew.owner.get<Mission>(url);
const view = (id: string) => readMission(api.database, crew.workspaceId, id);
const planned = (tasks: readonly object[]): RunReport => ({ ...DONE, plan: { tasks } });
const finish = async (id: string, report: RunReport) => expect(await finishOne(api, crew, id, report)).toBe(true);

/** A mission without tasks, started, whose lead has its planning run. */
async function started(timeoutSeconds?: number): Promise<{ id: string; url: string }> {
  const base = `/api/v1/crews/${crew.crewId}/missions`;
  const payload = { title: 'Plan it', lead_agent_id: crew.lead.id, timeout_seconds: timeoutSeconds ?? null };
  const { id } = await crew.owner.post<Mission>(base, payload);
  const url = `${base}/${id}`;
  await crew.owner.patch(url, { plan: 'Two parts, please' });
  await crew.owner.act(`${url}/start`);
  await step(api, crew, id);
  return { id, url };
}

async function contextOf(id: string) {
  const run = (await view(id)).runs.find(({ status }) => status === 'ADMITTED' || status === 'RUNNING')!;
  return (await readRunExecution(api.database, { workspaceId: crew.workspaceId, id: run.id, generation: 0 }))!;
}

test('a mission without tasks asks its lead, whose plan is dispatched by the commit that ends the planning run', async () => {
  const { id, url } = await started();
  expect(await get(url)).toMatchObject({ status: 'IN_PROGRESS', planning: { iteration: 1, problems: [] } });
  const { planning, task, agent } = await contextOf(id);
  expect([task, agent.id]).toEqual([null, crew.lead.id]);
  expect(planning).toMatchObject({ plan: 'Two parts, please', problems: [] });
  expect(planning!.agents.map(({ slug, role }) => [slug, role])).toEqual([
    [crew.lead.slug, 'LEAD'],
    [crew.agents[0]!.slug, 'AGENT'],
    [crew.agents[1]!.slug, 'AGENT'],
  ]);
  await finish(
    id,
    planned([
      { title: 'Join', depends_on: ['left', 2], assigned_agent: null },
      { title: 'Left', key: 'left', assigned_agent: crew.agents[0]!.slug, max_iterations: 3 },
      { title: 'Right', assigned_agent: crew.agents[1]!.id, approval_required: true, description: 'the right one' },
    ]),
  );
  const mission = await get(url);
  expect(mission.planning).toBeNull();
  expect(mission.tasks!.map(({ title, status, agent_slug }) => [title, status, agent_slug])).toEqual([
    ['Join', 'BLOCKED', null],
    ['Left', 'PENDING', crew.agents[0]!.slug],
    ['Right', 'PENDING', crew.agents[1]!.slug],
  ]);
  // Nobody took a step since: the end of the planning run gave them their attempts.
  expect((await view(id)).runs.filter(({ purpose }) => purpose === 'work').map(({ status }) => status)).toEqual([
    'ADMITTED',
    'ADMITTED',
  ]);
  await playOut(api, crew, id, DONE);
  for (const task of (await get(url)).tasks!.filter(({ status }) => status === 'AWAITING_APPROVAL')) {
    await crew.owner.act(`${url}/tasks/${task.id}/approve`);
  }
  await playOut(api, crew, id, DONE);
  expect((await get(url)).status).toBe('REVIEW');
  const runs = (await crew.owner.get<{ data: Run[] }>(`/api/v1/runs?mission_id=${id}`)).data;
  expect(runs.map(({ purpose }) => purpose).sort()).toEqual(['planning', 'work', 'work', 'work']);
});

test('a refused plan goes back to the lead with the reasons, once', async () => {
  const { id, url } = await started();
  await finish(
    id,
    planned([
      { title: 'a', depends_on: ['b'] },
      { title: ' ', assigned_agent: 'a secret name' },
    ]),
  );
  const { planning, run } = await contextOf(id);
  expect(run.iteration).toBe(2);
  expect(planning!.problems).toEqual([
    'task 0: depends_on "b" is no task of the plan',
    'task 1: title must be a text of 1 to 500 characters',
    'task 1: assigned_agent "a secret name" is no live agent of this crew',
  ]);
  expect((await get(url)).planning).toMatchObject({ iteration: 2, run_id: run.id, problems: planning!.problems });
  await finish(id, planned([{ title: 'a' }]));
  expect((await get(url)).tasks).toHaveLength(1);
});

test('a plan that is refused twice fails the mission with the reasons, of which the journal has the codes', async () => {
  const { id, url } = await started();
  await finish(id, DONE);
  await finish(id, planned([{ title: 'a', assigned_agent: 'a secret name' }]));
  await step(api, crew, id);
  const mission = await get(url);
  expect(mission).toMatchObject({ status: 'FAILED', task_stats: { total: 0 } });
  expect(mission.failure_reason).toContain('task 0: assigned_agent "a secret name" is no live agent of this crew');
  const entries = await crew.rows<{ entry_type: string; payload: object }>(
    sql`SELECT entry_type, payload FROM journal_entries WHERE mission_id = ${id} ORDER BY ts, id`,
  );
  const refused = entries.filter(({ entry_type }) => entry_type === 'mission.plan_refused');
  expect(refused.map(({ payload }) => payload)).toMatchObject([
    { iteration: 1, problems: ['plan_missing'] },
    { iteration: 2, problems: ['unknown_agent:0'] },
  ]);
  expect(JSON.stringify(entries)).not.toContain('secret');
});

test('a result that cannot be read is a refused plan; a run that fails, times out or is cancelled ends planning', async () => {
  const unreadable = await started();
  await finish(unreadable.id, {
    outcome: { kind: 'exited', exitCode: 0, result: 'invalid' },
    errorMessage: 'too_large',
  });
  expect((await get(unreadable.url)).planning).toMatchObject({
    iteration: 2,
    problems: ['the result could not be read: too_large'],
  });
  await crew.owner.act(`${unreadable.url}/cancel`);
  for (const [report, reason] of [
    [BROKEN, 'exit_code'],
    [{ outcome: { kind: 'timeout' } }, 'timeout'],
    [{ outcome: { kind: 'cancelled' } }, 'cancelled'],
    [{ outcome: { kind: 'not_started', code: 'adapter_unavailable' } }, 'adapter_unavailable'],
  ] as const) {
    crew = await addCrew(api);
    const { id, url } = await started();
    await finish(id, report as RunReport);
    await step(api, crew, id);
    expect((await get(url)).failure_reason).toContain(reason);
  }
});

test('a lost planning run is replaced twice in the same iteration, each naming the one before', async () => {
  const { id, url } = await started();
  for (let attempt = 1; attempt <= 3; attempt += 1) await finish(id, { outcome: { kind: 'lost' } });
  await step(api, crew, id);
  const { runs } = await view(id);
  expect(runs.map(({ iteration, attempt_no, predecessor_id }) => [iteration, attempt_no, predecessor_id])).toEqual([
    [1, 1, null],
    [1, 2, runs[0]!.id],
    [1, 3, runs[1]!.id],
  ]);
  expect(await get(url)).toMatchObject({ status: 'FAILED' });
});

test('pausing holds a plan back, and unpausing lets it go on', async () => {
  const { id, url } = await started();
  await crew.owner.act(`${url}/pause`);
  await finish(id, DONE);
  await step(api, crew, id);
  expect((await view(id)).runs).toHaveLength(1);
  await crew.owner.act(`${url}/unpause`);
  await step(api, crew, id);
  expect((await view(id)).runs).toHaveLength(2);
  await crew.owner.act(`${url}/pause`);
  await finish(id, planned([{ title: 'a' }]));
  expect((await get(url)).task_stats).toMatchObject({ total: 1, pending: 1 });
  expect((await view(id)).runs).toHaveLength(2);
  await crew.owner.act(`${url}/unpause`);
  await playOut(api, crew, id, DONE);
  expect((await get(url)).status).toBe('REVIEW');
});

test('a mission that is cancelled while its lead plans takes no plan any more, and plans anew after a restart', async () => {
  const { id, url } = await started();
  const { run } = await contextOf(id);
  await crew.owner.act(`${url}/cancel`);
  await finish(id, planned([{ title: 'late' }]));
  expect(await get(url)).toMatchObject({ status: 'CANCELLED', task_stats: { total: 0 } });
  await crew.owner.act(`${url}/restart`);
  expect((await get(url)).planning).toBeNull();
  await crew.owner.act(`${url}/start`);
  await step(api, crew, id);
  const again = await contextOf(id);
  expect([again.run.iteration, again.run.id === run.id]).toEqual([1, false]);
  await finish(id, planned([{ title: 'a' }]));
  await playOut(api, crew, id, DONE);
  expect((await get(url)).status).toBe('REVIEW');
});

test('a mission that failed while planning is resumed with a new plan', async () => {
  const { id, url } = await started();
  await finish(id, BROKEN);
  await step(api, crew, id);
  expect((await get(url)).status).toBe('FAILED');
  expect(await crew.owner.act(`${url}/resume`)).toMatchObject({ reset_tasks: 0 });
  await step(api, crew, id);
  await finish(id, planned([{ title: 'a' }]));
  await playOut(api, crew, id, DONE);
  expect((await get(url)).status).toBe('REVIEW');
});

test('a plan set aside by hand is begun again when the mission is reopened', async () => {
  const { id, url } = await started();
  await crew.owner.patch(url, { status: 'REVIEW' });
  await finish(id, { outcome: { kind: 'cancelled' } });
  await crew.owner.patch(url, { status: 'IN_PROGRESS' });
  await step(api, crew, id);
  await finish(id, planned([{ title: 'a' }]));
  expect((await get(url)).task_stats.total).toBe(1);
});

test('the mission’s time is up while its lead plans', async () => {
  const { id, url } = await started();
  await crew.write(sql`UPDATE missions SET deadline_at = now() - interval '1 second' WHERE id = ${id}`);
  await step(api, crew, id);
  expect(await get(url)).toMatchObject({ status: 'FAILED', failure_reason: 'the mission ran out of time' });
  await finish(id, planned([{ title: 'late' }]));
  expect((await get(url)).task_stats.total).toBe(0);
});

test('a task that a person adds meanwhile runs, and the mission waits for the plan', async () => {
  const { id, url } = await started();
  const agent = { assigned_agent_id: crew.agents[0]!.id };
  await crew.owner.post(`${url}/tasks`, { title: 'by hand', ...agent });
  await step(api, crew, id);
  const { runs } = await view(id);
  expect(runs.map(({ purpose }) => purpose)).toEqual(['planning', 'work']);
  await crew.write(sql`UPDATE tasks SET status = 'COMPLETED' WHERE mission_id = ${id}`);
  await step(api, crew, id);
  expect((await get(url)).status).toBe('IN_PROGRESS');
  await finish(id, planned([{ title: 'planned', assigned_agent: crew.agents[1]!.slug }]));
  expect((await get(url)).task_stats.total).toBe(2);
});

test('a plan settles once, however often its end is reported', async () => {
  const { id, url } = await started();
  const report = planned([{ title: 'a' }]);
  const { run } = await contextOf(id);
  await finish(id, report);
  const address = { workspaceId: crew.workspaceId, id: run.id, generation: 0 };
  await Promise.all([settleRunRow(api.database, address, report), settleRunRow(api.database, address, report)]);
  expect((await get(url)).task_stats.total).toBe(1);
  const accepted = (await readTransitions(api, id)).filter(({ entry_type }) => entry_type === 'mission.plan_accepted');
  expect(accepted).toHaveLength(1);
});

test('a mission with tasks is not planned', async () => {
  const { id, url } = await addMission(crew);
  await crew.owner.act(`${url}/start`);
  await playOut(api, crew, id, { ...DONE, plan: { tasks: [{ title: 'uncalled for' }] } });
  expect(await get(url)).toMatchObject({ status: 'REVIEW', task_stats: { total: 1 } });
});
