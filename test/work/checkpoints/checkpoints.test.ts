import { afterAll, beforeAll, expect, test } from 'vitest';
import { sql } from '../../../db/kernel/sql.ts';
import type { Checkpoint } from '../../../domain/work/checkpoints/checkpoint.ts';
import type { JournalEntry } from '../../../domain/kernel/journal/journal-entry.ts';
import type { Mission, Task } from '../../../domain/work/missions/mission.ts';
import { addCrew, addMission, type CrewFixture, expectStatus, startApiWithHost } from '../../support/mission-crew.ts';
import type { TestApi } from '../../support/test-api.ts';

type Restored = { checkpoint: Checkpoint; journal_cursor: string; warn_divergence: string[]; divergence_count: number };

let api: TestApi;
let crew: CrewFixture;

beforeAll(async () => {
  api = await startApiWithHost();
  crew = await addCrew(api);
});
afterAll(() => api.close());

async function as<Body>(status: number, method: 'GET' | 'POST' | 'PATCH' | 'DELETE', path: string, payload?: object) {
  const response = await api.call(crew.owner.token, {
    method,
    url: path.startsWith('/api') ? path : `/api/v1${path}`,
    ...(payload === undefined ? {} : { payload }),
  });
  return expectStatus<Body>(response, status);
}

const checkpointOf = (missionId: string, payload?: object) =>
  as<Checkpoint>(201, 'POST', `/missions/${missionId}/checkpoints`, payload);

const restore = (id: string) => as<Restored>(200, 'POST', `/checkpoints/${id}/restore`);

const fork = (id: string, payload?: object) =>
  as<{ new_mission_id: string; new_checkpoint_id: string }>(201, 'POST', `/checkpoints/${id}/fork`, payload);

const missionOf = (id: string) => as<Mission>(200, 'GET', `/crews/${crew.crewId}/missions/${id}`);

const journalOf = async (missionId: string) =>
  (await as<{ entries: JournalEntry[] }>(200, 'GET', `/journal?mission_id=${missionId}`)).entries;

const byTitle = (tasks: readonly Task[]) => new Map(tasks.map((task) => [task.title, task]));

/** As an agent's work would leave it. */
async function endTask(taskId: string, status: string): Promise<void> {
  await api.database.transaction({ workspaceIds: [crew.workspaceId] }, (tx) =>
    tx.execute(sql`
      UPDATE tasks SET status = ${status}, iteration = 2, result_summary = 'what came of it', token_count = 70,
        cost_micros = 900, confidence = 0.5, handoff_context = '{"next": "step"}', started_at = now(), completed_at = now()
      WHERE id = ${taskId}`),
  );
}

test('a checkpoint points at the newest entry of the mission’s journal and holds what was open', async () => {
  const mission = await addMission(api, crew, { first: [], second: ['first'], done: [] });
  await endTask(mission.tasks.done!, 'COMPLETED');
  const [newest] = await journalOf(mission.id);
  const made = await checkpointOf(mission.id, { label: '  before the change  ' });
  expect(made).toMatchObject({
    id: expect.stringMatching(/^chk_[0-9a-f]{16}$/) as string,
    workspace_id: crew.workspaceId,
    crew_id: crew.crewId,
    mission_id: mission.id,
    label: 'before the change',
    journal_cursor: newest!.id,
    state: {
      agent_memory: {},
      pending_tasks: [mission.tasks.first, mission.tasks.second],
      open_assignments: [],
      crew_container_id: null,
      meta: { mission_status: 'PLANNING', mission_generation: 0 },
    },
    fork_of: null,
    created_by: crew.owner.id,
  });
  expect(await as<Checkpoint>(200, 'GET', `/checkpoints/${made.id}`)).toEqual(made);
  const [entry] = await journalOf(mission.id);
  expect(entry).toMatchObject({
    entry_type: 'checkpoint.created',
    severity: 'info',
    target_id: made.id,
    payload: { checkpoint_id: made.id, journal_cursor: newest!.id },
  });
});

test('a mission’s checkpoints are listed newest first; a limit that is none is the default', async () => {
  const mission = await addMission(api, crew);
  const made: string[] = [];
  for (const label of ['a', 'b', 'c']) made.unshift((await checkpointOf(mission.id, { label })).id);
  const list = async (query: string) => {
    const url = `/api/v1/missions/${mission.id}/checkpoints${query}`;
    const response = await api.call(crew.owner.token, { method: 'GET', url });
    const body = expectStatus<{ mission_id: string; checkpoints: Checkpoint[]; count: number }>(response, 200);
    expect(body).toMatchObject({ mission_id: mission.id, count: body.checkpoints.length });
    expect(response.headers['x-total-count']).toBe('3');
    return body.checkpoints.map(({ id }) => id);
  };
  for (const query of ['', '?limit=0', '?limit=201', '?limit=many']) expect(await list(query)).toEqual(made);
  expect(await list('?limit=2')).toEqual(made.slice(0, 2));
  expect(await list('?limit=2&offset=2')).toEqual(made.slice(2));
  await as(404, 'GET', '/missions/no-such-mission/checkpoints');
});

test('a restore changes nothing and names what has happened since, oldest first', async () => {
  const mission = await addMission(api, crew);
  const made = await checkpointOf(mission.id);
  expect(await restore(made.id)).toEqual({
    checkpoint: made,
    journal_cursor: made.journal_cursor,
    warn_divergence: [],
    divergence_count: 0,
  });
  await as(200, 'PATCH', mission.url, { title: 'Another title' });
  await as(200, 'POST', `${mission.url}/start`);
  const before = await missionOf(mission.id);
  const restored = await restore(made.id);
  const known = new Map((await journalOf(mission.id)).map((entry) => [entry.id, entry.entry_type]));
  const types = restored.warn_divergence.map((line) => {
    const [type, id] = line.split(' at ');
    expect(known.get(id!)).toBe(type);
    return type;
  });
  expect(types).toEqual(['audit.entity_updated', 'mission.status_change']);
  expect(restored.divergence_count).toBe(2);
  expect(await missionOf(mission.id)).toEqual(before);
  const [entry] = await journalOf(mission.id);
  expect(entry).toMatchObject({
    entry_type: 'checkpoint.restored',
    severity: 'info',
    payload: { checkpoint_id: made.id, divergence_count: 2 },
  });
});

test('a fork is a new mission whose tasks are as they were at the checkpoint', async () => {
  const mission = await addMission(api, crew, { done: [], running: ['done'], last: ['running'] });
  await endTask(mission.tasks.done!, 'COMPLETED');
  await api.database.transaction({ workspaceIds: [crew.workspaceId] }, (tx) =>
    tx.execute(sql`UPDATE tasks SET status = 'IN_PROGRESS', started_at = now() WHERE id = ${mission.tasks.running!}`),
  );
  const made = await checkpointOf(mission.id);
  await endTask(mission.tasks.running!, 'COMPLETED');
  await as(201, 'POST', `${mission.url}/tasks`, { title: 'added', depends_on: [mission.tasks.last] });
  const original = byTitle((await missionOf(mission.id)).tasks!);

  const forked = await fork(made.id, { label: 'try again' });
  expect(forked.new_mission_id).toMatch(/^mis_/);
  const copy = await missionOf(forked.new_mission_id);
  expect(copy).toMatchObject({
    title: 'Fork: Mission',
    status: 'PLANNING',
    crew_id: crew.crewId,
    lead_agent_id: crew.lead.id,
    total_token_count: 0,
  });
  const tasks = byTitle(copy.tasks!);
  expect([...tasks.keys()]).toEqual(['done', 'running', 'last']);
  const { completed_at, started_at, confidence, handoff_context } = original.get('done')!;
  expect(tasks.get('done')).toMatchObject({
    ...{ status: 'COMPLETED', iteration: 2, result_summary: 'what came of it', run_id: null },
    ...{ completed_at, started_at, confidence, handoff_context, token_count: 0, estimated_cost: 0 },
  });
  expect(tasks.get('running')).toMatchObject({
    ...{ status: 'PENDING', iteration: 1, result_summary: null, started_at: null, completed_at: null },
    depends_on: JSON.stringify([tasks.get('done')!.id]),
  });
  expect(tasks.get('last')).toMatchObject({
    status: 'BLOCKED',
    depends_on: JSON.stringify([tasks.get('running')!.id]),
  });

  const checkpoint = await as<Checkpoint>(200, 'GET', `/checkpoints/${forked.new_checkpoint_id}`);
  const entries = await journalOf(copy.id);
  const begun = entries.find(({ entry_type: type }) => type === 'fork.created');
  expect(begun).toMatchObject({
    id: checkpoint.journal_cursor,
    severity: 'notice',
    payload: { checkpoint_id: checkpoint.id, fork_of: made.id, forked_mission_id: mission.id },
  });
  expect(entries.find(({ entry_type: type }) => type === 'mission.created')!.payload).toMatchObject({
    forked_from: made.id,
  });
  expect(checkpoint).toMatchObject({ fork_of: made.id, label: 'try again', mission_id: copy.id });
  expect((await restore(checkpoint.id)).warn_divergence).toEqual([]);
  await as(200, 'POST', `/crews/${crew.crewId}/missions/${copy.id}/start`);
});

test('what a fork took over was done, and is counted, in the original', async () => {
  const metrics = () => as<Record<string, number>>(200, 'GET', '/mission-metrics');
  const mission = await addMission(api, crew, { done: [] });
  await endTask(mission.tasks.done!, 'COMPLETED');
  const before = await metrics();
  await fork((await checkpointOf(mission.id)).id);
  expect(await metrics()).toEqual({
    ...before,
    total_missions: before.total_missions! + 1,
    active_missions: before.active_missions! + 1,
  });
});

test('a title at its limit is cut to make room', async () => {
  const mission = await addMission(api, crew);
  await as(200, 'PATCH', mission.url, { title: '✂'.repeat(500) });
  const forked = await fork((await checkpointOf(mission.id)).id);
  expect((await missionOf(forked.new_mission_id)).title).toBe(`Fork: ${'✂'.repeat(494)}`);
});

test('deleting a checkpoint leaves its forks, which no longer name it; deleting a mission takes its checkpoints', async () => {
  const mission = await addMission(api, crew);
  const made = await checkpointOf(mission.id);
  const forked = await fork(made.id);
  await as(204, 'DELETE', `/checkpoints/${made.id}`);
  await as(404, 'DELETE', `/checkpoints/${made.id}`);
  await as(404, 'POST', `/checkpoints/${made.id}/restore`);
  await as(404, 'POST', `/checkpoints/${made.id}/fork`);
  const of = `/checkpoints/${forked.new_checkpoint_id}`;
  expect(await as<Checkpoint>(200, 'GET', of)).toMatchObject({ fork_of: null, mission_id: forked.new_mission_id });
  expect((await journalOf(mission.id))[0]).toMatchObject({ entry_type: 'audit.entity_deleted', target_id: made.id });
  await as(204, 'DELETE', `/crews/${crew.crewId}/missions/${forked.new_mission_id}`);
  await as(404, 'GET', of);
});

test('what cannot be checkpointed is refused: no entry to point at, too many, a label that is too long', async () => {
  const mission = await addMission(api, crew);
  const url = `/missions/${mission.id}/checkpoints`;
  await as(400, 'POST', url, { label: 'x'.repeat(201) });
  await as(400, 'POST', url, { label: ' ' });
  const silent = 'mission-without-journal';
  await api.database.transaction({ workspaceIds: [crew.workspaceId] }, async (tx) => {
    await tx.execute(sql`
      INSERT INTO missions (id, workspace_id, crew_id, lead_agent_id, trace_id, title)
      VALUES (${silent}, ${crew.workspaceId}, ${crew.crewId}, ${crew.lead.id}, 'trace', 'Silent')`);
    await tx.execute(sql`
      INSERT INTO checkpoints (id, workspace_id, mission_id, journal_cursor, state)
      SELECT 'chk_' || lpad(to_hex(n), 16, '0'), ${crew.workspaceId}, ${mission.id}, 'j_0', '{}'
      FROM generate_series(1, 1000) n`);
  });
  for (const id of [silent, mission.id]) {
    expect(await as<object>(409, 'POST', `/missions/${id}/checkpoints`)).toMatchObject({ code: 'conflict' });
  }
});

test('a repeated request with its key makes one checkpoint and one fork', async () => {
  const mission = await addMission(api, crew);
  const keyed = async <Body>(url: string, key: string): Promise<Body> => {
    const request = { method: 'POST' as const, url, headers: { 'idempotency-key': key } };
    return expectStatus<Body>(await api.call(crew.owner.token, request), 201);
  };
  const url = `/api/v1/missions/${mission.id}/checkpoints`;
  const first = await keyed<Checkpoint>(url, `create ${mission.id}`);
  expect(await keyed<Checkpoint>(url, `create ${mission.id}`)).toEqual(first);
  const forkUrl = `/api/v1/checkpoints/${first.id}/fork`;
  const forked = await keyed<object>(forkUrl, `fork ${mission.id}`);
  expect(await keyed<object>(forkUrl, `fork ${mission.id}`)).toEqual(forked);
  expect((await as<{ count: number }>(200, 'GET', `/missions/${mission.id}/checkpoints`)).count).toBe(1);
});
