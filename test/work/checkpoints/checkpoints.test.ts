import { expect, test } from 'vitest';
import { sql } from '../../../db/kernel/sql.ts';
import type { Checkpoint } from '../../../domain/work/checkpoints/checkpoint.ts';
import type { JournalEntry } from '../../../domain/kernel/journal/journal-entry.ts';
import type { Mission, Task } from '../../../domain/work/missions/mission.ts';
import { addCrew, addMission, startApiWithHost } from '../../support/mission-crew.ts';
import { perFile } from '../../support/world/per-file.ts';
import { expectStatus } from '../../support/world/caller.ts';

type Restored = { checkpoint: Checkpoint; journal_cursor: string; warn_divergence: string[]; divergence_count: number };

const api = perFile(() => startApiWithHost());
const crew = perFile(() => addCrew(api));

const checkpointOf = (missionId: string, payload?: object) =>
  crew.owner.post<Checkpoint>(`/missions/${missionId}/checkpoints`, payload);

const restore = (id: string) => crew.owner.act<Restored>(`/checkpoints/${id}/restore`);

const fork = (id: string, payload?: object) =>
  crew.owner.post<{ new_mission_id: string; new_checkpoint_id: string }>(`/checkpoints/${id}/fork`, payload);

const missionOf = (id: string) => crew.owner.get<Mission>(`/crews/${crew.crewId}/missions/${id}`);

const journalOf = async (missionId: string) =>
  (await crew.owner.get<{ entries: JournalEntry[] }>(`/journal?mission_id=${missionId}`)).entries;

const byTitle = (tasks: readonly Task[]) => new Map(tasks.map((task) => [task.title, task]));

/** As an agent's work would leave it. */
async function endTask(taskId: string, status: string): Promise<void> {
  await crew.write(sql`
      UPDATE tasks SET status = ${status}, iteration = 2, result_summary = 'what came of it', token_count = 70,
        cost_micros = 900, confidence = 0.5, handoff_context = '{"next": "step"}', started_at = now(),
        completed_at = now()
      WHERE id = ${taskId}`);
}

test('a checkpoint points at the newest entry of the mission’s journal and holds what was open', async () => {
  const mission = await addMission(crew, { first: [], second: ['first'], done: [] });
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
  expect(await crew.owner.get<Checkpoint>(`/checkpoints/${made.id}`)).toEqual(made);
  const [entry] = await journalOf(mission.id);
  expect(entry).toMatchObject({
    entry_type: 'checkpoint.created',
    severity: 'info',
    target_id: made.id,
    payload: { checkpoint_id: made.id, journal_cursor: newest!.id },
  });
});

test('a mission’s checkpoints are listed newest first; a limit that is none is the default', async () => {
  const mission = await addMission(crew);
  const made: string[] = [];
  for (const label of ['a', 'b', 'c']) made.unshift((await checkpointOf(mission.id, { label })).id);
  const list = async (query: string) => {
    const url = `/api/v1/missions/${mission.id}/checkpoints${query}`;
    const response = await crew.owner.send('GET', url);
    const body = expectStatus<{ mission_id: string; checkpoints: Checkpoint[]; count: number }>(response, 200);
    expect(body).toMatchObject({ mission_id: mission.id, count: body.checkpoints.length });
    expect(response.headers['x-total-count']).toBe('3');
    return body.checkpoints.map(({ id }) => id);
  };
  for (const query of ['', '?limit=0', '?limit=201', '?limit=many']) expect(await list(query)).toEqual(made);
  expect(await list('?limit=2')).toEqual(made.slice(0, 2));
  expect(await list('?limit=2&offset=2')).toEqual(made.slice(2));
  await crew.owner.get('/missions/no-such-mission/checkpoints', 404);
});

test('a restore changes nothing and names what has happened since, oldest first', async () => {
  const mission = await addMission(crew);
  const made = await checkpointOf(mission.id);
  expect(await restore(made.id)).toEqual({
    checkpoint: made,
    journal_cursor: made.journal_cursor,
    warn_divergence: [],
    divergence_count: 0,
  });
  await crew.owner.patch(mission.url, { title: 'Another title' });
  await crew.owner.act(`${mission.url}/start`);
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
  const mission = await addMission(crew, { done: [], running: ['done'], last: ['running'] });
  await endTask(mission.tasks.done!, 'COMPLETED');
  await crew.write(
    sql`UPDATE tasks SET status = 'IN_PROGRESS', started_at = now() WHERE id = ${mission.tasks.running!}`,
  );
  const made = await checkpointOf(mission.id);
  await endTask(mission.tasks.running!, 'COMPLETED');
  await crew.owner.post(`${mission.url}/tasks`, { title: 'added', depends_on: [mission.tasks.last] });
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

  const checkpoint = await crew.owner.get<Checkpoint>(`/checkpoints/${forked.new_checkpoint_id}`);
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
  await crew.owner.act(`/crews/${crew.crewId}/missions/${copy.id}/start`);
});

test('what a fork took over was done, and is counted, in the original', async () => {
  const metrics = () => crew.owner.get<Record<string, number>>('/mission-metrics');
  const mission = await addMission(crew, { done: [] });
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
  const mission = await addMission(crew);
  await crew.owner.patch(mission.url, { title: '✂'.repeat(500) });
  const forked = await fork((await checkpointOf(mission.id)).id);
  expect((await missionOf(forked.new_mission_id)).title).toBe(`Fork: ${'✂'.repeat(494)}`);
});

test('deleting a checkpoint leaves its forks, which no longer name it; deleting a mission takes its checkpoints', async () => {
  const mission = await addMission(crew);
  const made = await checkpointOf(mission.id);
  const forked = await fork(made.id);
  await crew.owner.delete(`/checkpoints/${made.id}`);
  await crew.owner.delete(`/checkpoints/${made.id}`, 404);
  await crew.owner.post(`/checkpoints/${made.id}/restore`, undefined, 404);
  await crew.owner.post(`/checkpoints/${made.id}/fork`, undefined, 404);
  const of = `/checkpoints/${forked.new_checkpoint_id}`;
  expect(await crew.owner.get<Checkpoint>(of)).toMatchObject({ fork_of: null, mission_id: forked.new_mission_id });
  expect((await journalOf(mission.id))[0]).toMatchObject({ entry_type: 'audit.entity_deleted', target_id: made.id });
  await crew.owner.delete(`/crews/${crew.crewId}/missions/${forked.new_mission_id}`);
  await crew.owner.get(of, 404);
});

test('what cannot be checkpointed is refused: no entry to point at, too many, a label that is too long', async () => {
  const mission = await addMission(crew);
  const url = `/missions/${mission.id}/checkpoints`;
  await crew.owner.post(url, { label: 'x'.repeat(201) }, 400);
  await crew.owner.post(url, { label: ' ' }, 400);
  const silent = 'mission-without-journal';
  await api.database.transaction({ workspaceIds: [crew.workspaceId] }, async (tx) => {
    await tx.execute(sql`
      INSERT INTO missions (id, workspace_id, crew_id, lead_agent_id, trace_id, title, number)
      VALUES (${silent}, ${crew.workspaceId}, ${crew.crewId}, ${crew.lead.id}, 'trace', 'Silent', 1000000)`);
    await tx.execute(sql`
      INSERT INTO checkpoints (id, workspace_id, mission_id, journal_cursor, state)
      SELECT 'chk_' || lpad(to_hex(n), 16, '0'), ${crew.workspaceId}, ${mission.id}, 'j_0', '{}'
      FROM generate_series(1, 1000) n`);
  });
  for (const id of [silent, mission.id]) {
    expect(await crew.owner.post<object>(`/missions/${id}/checkpoints`, undefined, 409)).toMatchObject({
      code: 'conflict',
    });
  }
});

test('a repeated request with its key makes one checkpoint and one fork', async () => {
  const mission = await addMission(crew);
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
  expect((await crew.owner.get<{ count: number }>(`/missions/${mission.id}/checkpoints`)).count).toBe(1);
});
