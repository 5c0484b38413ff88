import { expect, test } from 'vitest';
import { advanceCrew, markCrewRunning, requestContainer } from '../../../commands/engine/crews/advance-crew.ts';
import { lockCrew } from '../../../db/crews/crews/crew-row.ts';
import { recordHostHeartbeat } from '../../../commands/engine/hosts/host-heartbeat.ts';
import { markLostHosts } from '../../../commands/engine/hosts/mark-lost-hosts.ts';
import { moveCrew } from '../../../commands/engine/hosts/move-crew.ts';
import { HOST_ALIVE_MS } from '../../../domain/crews/hosts/host.ts';
import { advanceMission } from '../../../commands/engine/missions/advance-mission.ts';
import { beginRun, recordExec } from '../../../commands/engine/runs/begin-run.ts';
import { settleRunRow } from '../../../commands/engine/runs/settle-run.ts';
import { orchestratorActor, type Role } from '../../../domain/kernel/access/authority.ts';
import { readMission } from '../../support/mission-view.ts';
import { startedContainer } from '../../support/started-container.ts';
import { startTestApi, type TestUser } from '../../support/test-api.ts';
import { createTestCrew, createTestMission, startTestMission, type TestCrew } from '../../support/test-crew.ts';
import { perFile } from '../../support/world/per-file.ts';
import { connectOwner } from '../../support/test-database.ts';

const IMAGES = { settings: { miseAliases: {}, mirrors: {} }, concurrent: 32 };

const api = perFile(() => startTestApi());
const owner = perFile(() => connectOwner(api.testDatabase));
const operator = perFile(() => api.addUser({ operator: true }));

function beat(hostId: string, slots = 8): Promise<void> {
  return recordHostHeartbeat(api.database, { hostId, architecture: 'amd64', engineVersion: '1', slots });
}

async function silence(hostId: string): Promise<void> {
  await owner.query(
    `UPDATE hosts SET last_heartbeat_at = now() - ${HOST_ALIVE_MS + 1} * interval '1 millisecond' WHERE id = $1`,
    [hostId],
  );
}

/** No host but these is up. */
async function onlyUp(...hostIds: string[]): Promise<void> {
  const { rows } = await owner.query<{ id: string }>('SELECT id FROM hosts');
  for (const { id } of rows) await silence(id);
  for (const id of hostIds) await beat(id);
}

async function crewOn(hostId: string, concurrency = 1): Promise<TestCrew> {
  const workspaceId = await api.addWorkspace();
  const crew = await createTestCrew(api.database, { agents: { lead: ['worker.mjs'] }, workspaceId, concurrency });
  await owner.query('UPDATE crews SET host_id = $2 WHERE id = $1', [crew.crewId, hostId]);
  return crew;
}

/** A mission of two tasks: the first attempt runs on the crew's host, the second waits for its place. */
async function missionAtWork(crew: TestCrew) {
  const scope = { workspaceIds: [crew.workspaceId] };
  const { missionId } = await createTestMission(api.database, crew, { one: { agent: 'lead' }, two: { agent: 'lead' } });
  await startTestMission(api.database, crew, missionId);
  await advanceMission(api.database, { workspaceId: crew.workspaceId, id: missionId, generation: 1 });
  const generation = await api.database.transaction(scope, async (tx) =>
    requestContainer(tx, (await lockCrew(tx, crew.crewId))!),
  );
  const left = { workspaceId: crew.workspaceId, id: crew.crewId, generation };
  await markCrewRunning(api.database, left, startedContainer(`c-${crew.crewId}`, 'sidecar'));
  const { runs } = await readMission(api.database, crew.workspaceId, missionId);
  const admitted = runs.find(({ status }) => status === 'ADMITTED')!;
  const exec = { containerId: `c-${crew.crewId}`, execId: `e-${crew.crewId}` };
  const address = { workspaceId: crew.workspaceId, id: admitted.id, generation: 0 };
  expect(await recordExec(api.database, address, exec)).toBe(true);
  return { missionId, runId: admitted.id, waitingId: runs.find(({ status }) => status === 'QUEUED')!.id, left };
}

const as = (user: TestUser, crew: TestCrew, path: string, payload: object = {}) =>
  user.send('POST', `/api/v1/crews/${crew.crewId}/${path}?workspace_id=${crew.workspaceId}`, payload);
const placesOf = async (hostId: string) =>
  (await owner.query<{ in_use: number }>(`SELECT in_use FROM slot_scopes WHERE kind = 'host' AND id = $1`, [hostId]))
    .rows[0]!.in_use;
async function entries(type: string, targetId: string) {
  const { rows } = await owner.query<{ workspace_id: string | null; payload: Record<string, unknown> }>(
    'SELECT workspace_id, payload FROM journal_entries WHERE entry_type = $1 AND target_id = $2',
    [type, targetId],
  );
  return rows;
}

test('a crew of a lost host: its workspace is told, and it moves with its attempts in one commit', async () => {
  for (const hostId of ['lost-a', 'new-a']) await beat(hostId);
  const crew = await crewOn('lost-a');
  const admin = await api.addMember(crew.workspaceId, 'ADMIN');
  const get = async () => (await admin.send('GET', `/api/v1/crews/${crew.crewId}`)).json<Record<string, unknown>>();
  const { missionId, runId, waitingId, left } = await missionAtWork(crew);
  expect(await get()).toMatchObject({ host_id: 'lost-a', host_status: 'up' });
  const refused = await as(admin, crew, 'move');
  expect([refused.statusCode, refused.json()]).toMatchObject([409, { code: 'conflict', running: 1 }]);

  await silence('lost-a');
  expect(await get()).toMatchObject({ host_status: 'lost' });
  expect(await markLostHosts(api.database)).toEqual(['lost-a']);
  expect(await entries('crew.host_lost', crew.crewId)).toMatchObject([
    { workspace_id: crew.workspaceId, payload: { host_id: 'lost-a' } },
  ]);

  await onlyUp();
  expect((await as(admin, crew, 'move')).statusCode).toBe(503);
  await onlyUp('new-a');
  const moved = await as(admin, crew, 'move');
  expect([moved.statusCode, moved.json()]).toMatchObject([
    200,
    {
      ...{ crew_id: crew.crewId, from_host_id: 'lost-a', to_host_id: 'new-a', lost_run_ids: [runId], moved_runs: 1 },
      left_behind: ['/workspace', '/output', '/crew', '/home/agent', '/opt/crew-tools'],
    },
  ]);
  expect(await get()).toMatchObject({ host_id: 'new-a', host_status: 'up', container_status: 'stopped' });
  expect([await placesOf('lost-a'), await placesOf('new-a')]).toEqual([0, 1]);
  const { runs, tasks } = await readMission(api.database, crew.workspaceId, missionId);
  expect(runs.find(({ id }) => id === runId)).toMatchObject({ status: 'FAILED', error_code: 'lost' });
  expect(runs.find(({ id }) => id === waitingId)).toMatchObject({ status: 'ADMITTED' });
  expect(runs.find(({ predecessor_id: before }) => before === runId)).toMatchObject({ status: 'QUEUED', iteration: 1 });
  expect(tasks.every(({ status }) => status === 'PENDING')).toBe(true);
  const { rows } = await owner.query(
    `SELECT DISTINCT host_id FROM runs WHERE mission_id = $1 AND status IN ('QUEUED', 'ADMITTED')`,
    [missionId],
  );
  expect(rows).toEqual([{ host_id: 'new-a' }]);
  expect(await entries('crew.moved', crew.crewId)).toMatchObject([
    { workspace_id: crew.workspaceId, payload: { from_host_id: 'lost-a', to_host_id: 'new-a', lost_run_ids: [runId] } },
  ]);

  // The workflow of what was up there has it removed there, whenever that host answers; the next one works here.
  const ready = () => Promise.resolve({ kind: 'ready' as const });
  expect(await advanceCrew(api.database, left, ready)).toEqual({ kind: 'remove', hostId: 'lost-a' });
  await beginRun(api.database, { workspaceId: crew.workspaceId, id: waitingId, generation: 0 });
  const next = { ...left, generation: left.generation + 2 };
  expect(await advanceCrew(api.database, next, ready)).toEqual({ kind: 'start', hostId: 'new-a' });

  await beat('lost-a');
  expect(await entries('host.back', 'lost-a')).toMatchObject([{ workspace_id: null }]);
  expect(await entries('crew.host_back', crew.crewId)).toEqual([]);
});

test('an attempt that reaches the places of a host its crew has left is run where the crew is', async () => {
  await onlyUp('lost-b', 'new-b');
  const crew = await crewOn('lost-b');
  const { missionId } = await createTestMission(api.database, crew, { one: { agent: 'lead' } });
  await startTestMission(api.database, crew, missionId);
  await advanceMission(api.database, { workspaceId: crew.workspaceId, id: missionId, generation: 1 });
  const [run] = (await readMission(api.database, crew.workspaceId, missionId)).runs;
  await owner.query(`UPDATE crews SET host_id = 'new-b' WHERE id = $1`, [crew.crewId]);
  const step = await beginRun(api.database, { workspaceId: crew.workspaceId, id: run!.id, generation: 0 });
  expect(step.kind).toBe('closed');
  const { runs } = await readMission(api.database, crew.workspaceId, missionId);
  expect(runs).toMatchObject([{ error_code: 'lost' }, { status: 'ADMITTED', predecessor_id: run!.id }]);
  expect([await placesOf('lost-b'), await placesOf('new-b')]).toEqual([0, 1]);
});

test('who may move a crew, and whereto', async () => {
  await onlyUp('here', 'there');
  const crew = await crewOn('here');
  const status = async (user: TestUser, payload?: object) => (await as(user, crew, 'move', payload)).statusCode;
  for (const role of ['MANAGER', 'MEMBER', 'VIEWER'] satisfies Role[]) {
    expect(await status(await api.addMember(crew.workspaceId, role))).toBe(403);
  }
  const admin = await api.addMember(crew.workspaceId, 'ADMIN');
  expect(await status(admin, { host_id: 'there' })).toBe(403);
  await api.joinWorkspace(crew.workspaceId, operator.id, 'OWNER');
  expect(await status(operator, { host_id: 'nowhere' })).toBe(400);
  expect(await status(operator, { host_id: 'here' })).toBe(409);
  await silence('there');
  expect(await status(operator, { host_id: 'there' })).toBe(503);
  await beat('there');
  // Nothing of it runs: its host may be up.
  expect(await status(operator, { host_id: 'there' })).toBe(200);
  expect((await as(admin, crew, 'move')).json()).toMatchObject({ from_host_id: 'there', to_host_id: 'here' });
});

test('a host that is draining keeps its crews and is given none; one that is lost says so to who provisions', async () => {
  await onlyUp('drained', 'other');
  const crew = await crewOn('drained');
  const admin = await api.addMember(crew.workspaceId, 'ADMIN');
  const patch = (status: string, user = operator, hostId = 'drained') =>
    user.send('PATCH', `/api/v1/hosts/${hostId}`, { status });
  expect((await patch('draining', admin)).statusCode).toBe(403);
  expect((await patch('draining', operator, 'nowhere')).statusCode).toBe(404);
  expect((await patch('draining')).json()).toMatchObject({ id: 'drained', status: 'draining', live: true, crews: 1 });
  await beat('drained');
  expect((await as(admin, crew, 'move')).json()).toMatchObject({ to_host_id: 'other' });
  expect((await as(admin, crew, 'move')).statusCode).toBe(503);
  await silence('drained');
  await markLostHosts(api.database);
  expect((await patch('up')).json()).toMatchObject({ code: 'wrong_state', current_status: 'lost' });
  await beat('drained');
  expect((await patch('up')).json()).toMatchObject({ status: 'up' });

  await owner.query(
    `UPDATE crews SET devcontainer_config = '{"image": "debian:12", "containerEnv": {"A": "1"}}' WHERE id = $1`,
    [crew.crewId],
  );
  await silence('other');
  const refused = await as(admin, crew, 'provision');
  expect([refused.statusCode, refused.json()]).toMatchObject([503, { code: 'no_live_host' }]);
});

test('crews that move to and fro while their missions run never deadlock, and every place is given back', async () => {
  await onlyUp('left', 'right');
  const crews = await Promise.all(['left', 'right'].map((hostId) => crewOn(hostId, 3)));
  let over = false;
  let lost = 0;
  // The host that a crew leaves is silent at that moment, as is the other crew's, or that one's move is refused.
  const moving = crews.map(async (crew) => {
    while (!over) {
      const [row] = (await owner.query<{ host_id: string }>('SELECT host_id FROM crews WHERE id = $1', [crew.crewId]))
        .rows;
      const hostId = row!.host_id === 'left' ? 'right' : 'left';
      await silence(row!.host_id);
      await beat(hostId);
      try {
        const moved = await api.database.transaction({ workspaceIds: [crew.workspaceId] }, (tx) =>
          moveCrew(tx, crew.crewId, { hostId, images: IMAGES, actor: orchestratorActor() }),
        );
        lost += moved.lostRunIds.length;
      } catch (error) {
        expect(error).toMatchObject({ code: expect.stringMatching(/^(conflict|no_live_host)$/) });
      }
    }
  });
  async function play(crew: TestCrew): Promise<void> {
    const { missionId } = await createTestMission(api.database, crew, {
      one: { agent: 'lead' },
      two: { agent: 'lead' },
      three: { agent: 'lead', dependsOn: ['one'] },
    });
    await startTestMission(api.database, crew, missionId);
    for (;;) {
      const { status, runs, generation } = await readMission(api.database, crew.workspaceId, missionId);
      if (status !== 'IN_PROGRESS') return;
      await advanceMission(api.database, { workspaceId: crew.workspaceId, id: missionId, generation });
      for (const run of runs.filter(({ status: is }) => is === 'ADMITTED')) {
        const at = { workspaceId: crew.workspaceId, id: run.id, generation: 0 };
        await beginRun(api.database, at);
        await settleRunRow(api.database, at, { outcome: { kind: 'exited', exitCode: 0, result: 'ok' } });
      }
    }
  }
  const playing = [...crews, ...crews].map(async (crew) => {
    do await play(crew);
    while (lost < 10);
  });
  await Promise.all(playing).finally(() => {
    over = true;
  });
  await Promise.all(moving);
  expect([await placesOf('left'), await placesOf('right')]).toEqual([0, 0]);
  const { rows } = await owner.query<{ deadlocks: string }>(
    'SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()',
  );
  expect(rows[0]!.deadlocks).toBe('0');
}, 60_000);
