import { beforeEach, expect, test } from 'vitest';
import { sql } from '../../../db/kernel/sql.ts';
import type { Mission } from '../../../domain/work/missions/mission.ts';
import { beatHost } from '../../support/mission-crew.ts';
import { type InternalCrew, startInternal } from '../../support/sidecar-api.ts';
import { outcome } from '../../support/world/caller.ts';
import { perFile, perTest } from '../../support/world/per-file.ts';

const internal = perFile(() => startInternal('missions'));
beforeEach(() => beatHost(internal.api));
const crew = perTest(() => internal.addCrew());

const MISSIONS = '/api/v1/internal/missions';
const RUNS = '/api/v1/internal/runs';
const body = (rest: object = {}) => ({ title: 'Planned', lead_agent_id: crew.lead.id, ...rest });
const plan = (rest: object = {}) => crew.call({ path: MISSIONS, body: body(rest) });

test('an agent plans a mission with tasks that name each other, reads it and starts it', async () => {
  const answer = await plan({
    plan: 'In two steps',
    tasks: [
      { title: 'Second', task_order: 2, depends_on: [1], assigned_agent_id: crew.agents[0]!.id },
      { title: 'First', task_order: 1, max_iterations: 3 },
    ],
  });
  expect(answer.status).toBe(201);
  const { id, tasks } = answer.body as { id: string; tasks: Record<string, string> };
  expect(answer.body).toMatchObject({ trace_id: `mission-${id}`, status: 'PLANNING', decision: 'allowed' });
  const shown = await crew.call({ path: `${MISSIONS}/${id}` });
  expect(shown.body).toMatchObject({ mission: { id, status: 'PLANNING', title: 'Planned' } });
  const rows = shown.body.tasks as { id: string; title: string; status: string; depends_on: string }[];
  expect(rows.map(({ id: taskId, title, status }) => [taskId, title, status])).toEqual([
    [tasks['1'], 'First', 'PENDING'],
    [tasks['2'], 'Second', 'BLOCKED'],
  ]);
  expect(JSON.parse(rows[1]!.depends_on)).toEqual([tasks['1']]);
  const started = await crew.call({ path: `${MISSIONS}/${id}/start`, method: 'POST' });
  expect([started.status, started.body]).toEqual([200, { id, status: 'IN_PROGRESS' }]);
  const again = await crew.call({ path: `${MISSIONS}/${id}/start`, method: 'POST' });
  expect([again.status, again.body.current_status]).toEqual([409, 'IN_PROGRESS']);
  const url = `/api/v1/crews/${crew.crewId}/missions/${id}`;
  const seen = await crew.owner.get<Mission>(url);
  expect([seen.status, seen.plan]).toEqual(['IN_PROGRESS', 'In two steps']);
});

test('a bad plan is a 400 and leaves nothing', async () => {
  const sibling = await internal.addCrew(crew);
  const task = (title: string, rest: object) => ({ title, ...rest });
  for (const bad of [
    { lead_agent_id: crew.agents[0]!.id },
    { lead_agent_id: sibling.lead.id },
    { title: ' ' },
    { tasks: [task('a', { depends_on: [1] }), task('b', { depends_on: [0] })] },
    { tasks: [task('a', { depends_on: [7] })] },
    { tasks: [task('a', { depends_on: [0] })] },
    { tasks: [task('a', { task_order: 1 }), task('b', { task_order: 1 })] },
    { tasks: [task('a', { assigned_agent_id: sibling.agents[0]!.id })] },
  ]) {
    expect(outcome(await plan(bad)), JSON.stringify(bad)).toEqual([400, 'invalid_request']);
  }
  expect(await crew.rows(sql`SELECT 1 FROM missions WHERE crew_id = ${crew.crewId} AND agent_created`)).toEqual([]);
});

test('more than sixteen tasks is a 403 that names the limit', async () => {
  const tasks = (count: number) => Array.from({ length: count }, (_, index) => ({ title: `Task ${index}` }));
  expect((await plan({ tasks: tasks(16) })).status).toBe(201);
  const refused = await plan({ tasks: tasks(17) });
  expect(refused.status).toBe(403);
  expect(refused.body).toMatchObject({
    code: 'forbidden',
    crew_id: crew.crewId,
    setting: 'max_mission_tasks',
    limit: 16,
  });
});

test('of ten simultaneous plans six are taken; people’s missions do not count, and one that ends makes room', async () => {
  const answers = await Promise.all(Array.from({ length: 10 }, () => plan({ tasks: [{ title: 'a' }] })));
  expect(answers.map(({ status }) => status).sort()).toEqual([...Array(6).fill(201), ...Array(4).fill(403)]);
  expect(answers.find(({ status }) => status === 403)!.body).toMatchObject({
    setting: 'max_active_missions',
    limit: 6,
  });
  const one = answers.find(({ status }) => status === 201)!.body.id as string;
  const url = `/api/v1/crews/${crew.crewId}/missions/${one}/cancel`;
  await crew.owner.act(url);
  expect((await plan()).status).toBe(201);
});

test('another crew’s mission is not found, and one that is held is not started', async () => {
  const sibling = await internal.addCrew(crew);
  for (const id of [sibling.missionId, 'missing-mission']) {
    expect(outcome(await crew.call({ path: `${MISSIONS}/${id}` }))).toEqual([404, 'not_found']);
    expect(outcome(await crew.call({ path: `${MISSIONS}/${id}/start`, method: 'POST' }))).toEqual([404, 'not_found']);
  }
  await crew.write(sql`UPDATE missions SET held = true WHERE id = ${crew.missionId}`);
  const held = await crew.call({ path: `${MISSIONS}/${crew.missionId}/start`, method: 'POST' });
  expect(outcome(held)).toEqual([403, 'forbidden']);
});

test('a reported run begins once and ends once, whatever is repeated', async () => {
  const id = `trace-${crew.crewId}`;
  const run = { id, agent_id: crew.lead.id, chat_id: crew.missionId, metadata: { tags: ['nightly'] } };
  const begun = await Promise.all(Array.from({ length: 8 }, () => crew.call({ path: RUNS, body: run })));
  expect(begun.map(({ status }) => status).sort()).toEqual([...Array(7).fill(200), 201]);
  const agent = () => crew.rows<{ status: string }>(sql`SELECT status FROM agents WHERE id = ${crew.lead.id}`);
  expect(await agent()).toEqual([{ status: 'RUNNING' }]);
  const end = (payload: object) => crew.call({ path: `${RUNS}/${id}`, method: 'PATCH', body: payload });
  expect((await end({ status: 'RUNNING' })).body).toEqual({ id, status: 'RUNNING' });
  expect((await end({ status: 'DONE' })).status).toBe(400);
  const first = await end({ status: 'FAILED', exit_code: 3, error_message: 'no disk', metadata: { host: 'x' } });
  expect(first.body).toEqual({ id, status: 'FAILED' });
  expect((await end({ status: 'COMPLETED' })).body).toEqual({ id, status: 'FAILED' });
  expect((await crew.call({ path: RUNS, body: run })).body).toEqual({ id, status: 'FAILED' });
  expect(await agent()).toEqual([{ status: 'ERROR' }]);
  const url = `/api/v1/runs/${id}`;
  const shown = await crew.owner.get(url);
  expect(shown).toMatchObject({
    status: 'FAILED',
    exit_code: 3,
    error_message: 'no disk',
    mission_id: crew.missionId,
    trigger_type: 'USER',
    metadata: { tags: ['nightly'], host: 'x' },
  });
  expect(
    await crew.rows(
      sql`SELECT entry_type, severity FROM journal_entries WHERE entry_type LIKE 'run.%' AND trace_id = ${id}
        ORDER BY ts, id`,
    ),
  ).toEqual([
    { entry_type: 'run.started', severity: 'info' },
    { entry_type: 'run.failed', severity: 'error' },
  ]);
});

test('a run is reported only of the crew’s own agents and chats, and ended only by its own crew', async () => {
  const sibling = await internal.addCrew(crew);
  const stranger = await internal.addCrew();
  const id = `own-${crew.crewId}`;
  const begin = (by: InternalCrew, rest: object) =>
    by.call({ path: RUNS, body: { id, agent_id: by.lead.id, ...rest } });
  expect(outcome(await begin(crew, { agent_id: sibling.lead.id }))).toEqual([404, 'not_found']);
  expect(outcome(await begin(crew, { agent_id: 'nobody' }))).toEqual([404, 'not_found']);
  expect(outcome(await begin(crew, { chat_id: sibling.missionId }))).toEqual([403, 'forbidden']);
  expect((await begin(crew, {})).status).toBe(201);
  for (const other of [sibling, stranger]) {
    expect(outcome(await begin(other, {}))).toEqual([409, 'conflict']);
    const end = await other.call({ path: `${RUNS}/${id}`, method: 'PATCH', body: { status: 'COMPLETED' } });
    expect(outcome(end)).toEqual([404, 'not_found']);
  }
});

test('a run that the host runs is not ended by a report, and a reported one is not stopped with its mission', async () => {
  await crew.write(sql`
      INSERT INTO runs (id, workspace_id, agent_id, crew_id, trigger_type, status, started_at)
      VALUES (${`host-${crew.crewId}`}, ${crew.workspaceId}, ${crew.lead.id}, ${crew.crewId}, 'MISSION', 'RUNNING',
        now())`);
  const path = `${RUNS}/host-${crew.crewId}`;
  expect(outcome(await crew.call({ path, method: 'PATCH', body: { status: 'COMPLETED' } }))).toEqual([409, 'conflict']);
  const id = `mine-${crew.crewId}`;
  const run = { id, agent_id: crew.lead.id, chat_id: crew.missionId };
  expect((await crew.call({ path: RUNS, body: run })).status).toBe(201);
  const url = `/api/v1/crews/${crew.crewId}/missions/${crew.missionId}/cancel`;
  await crew.owner.act(url);
  expect((await crew.call({ path: RUNS, body: run })).body).toEqual({ id, status: 'RUNNING' });
});
