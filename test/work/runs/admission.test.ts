import { lockCrew } from '../../../db/crews/crews/crew-row.ts';
import pg from 'pg';
import { expect, test } from 'vitest';
import { advanceCrew, markCrewRunning, requestContainer } from '../../../commands/engine/crews/advance-crew.ts';
import { readRunningCrew } from '../../../db/crews/crews/running-crew.ts';
import {
  markSidecarGone,
  markSidecarOutdated,
  recordSidecar,
  settleSidecar,
} from '../../../commands/engine/crews/crew-sidecar.ts';
import { recordHostHeartbeat } from '../../../commands/engine/hosts/host-heartbeat.ts';
import { placeCrew } from '../../../commands/engine/hosts/place-crew.ts';
import { sql } from '../../../db/kernel/sql.ts';
import { admitRuns, releaseSlots, setSlotCapacity } from '../../../commands/engine/runs/queue-runs.ts';
import { newId } from '../../../platform/ids/ids.ts';
import { createTestCrew, type TestCrew } from '../../support/test-crew.ts';
import { startedContainer } from '../../support/started-container.ts';
import { useDatabase } from '../../support/world/use-database.ts';

const { db, testDatabase } = useDatabase();

const heartbeat = (hostId: string, slots: number) =>
  recordHostHeartbeat(db, { hostId, architecture: 'x86_64', engineVersion: '1', slots });

async function crewOn(hostId: string, concurrency: number): Promise<TestCrew> {
  const crew = await createTestCrew(db, { agents: { lead: ['worker.mjs'], builder: ['worker.mjs'] }, concurrency });
  await crew.write(sql`UPDATE crews SET host_id = ${hostId} WHERE id = ${crew.crewId}`);
  return crew;
}

/** Queues runs of an agent and lets the host admit, as one request. */
async function queue(crew: TestCrew, hostId: string, agent: string, count = 1, requestId?: string): Promise<string[]> {
  const ids = Array.from({ length: count }, () => newId());
  await db.transaction({ workspaceIds: [crew.workspaceId], requestId: requestId ?? null }, async (tx) => {
    for (const id of ids) {
      await tx.execute(sql`
        INSERT INTO runs (id, workspace_id, agent_id, crew_id, host_id, trigger_type, queued_at)
        VALUES (${id}, ${crew.workspaceId}, ${crew.agents[agent]!}, ${crew.crewId}, ${hostId}, 'USER',
          clock_timestamp())`);
    }
    await admitRuns(tx, hostId);
  });
  return ids;
}

const end = (crew: TestCrew, hostId: string, runId: string, requestId?: string) =>
  db.transaction({ workspaceIds: [crew.workspaceId], requestId: requestId ?? null }, async (tx) => {
    await tx.execute(sql`UPDATE runs SET status = 'COMPLETED' WHERE id = ${runId}`);
    await releaseSlots(tx, runId, hostId);
  });

async function statuses(ids: readonly string[]): Promise<string[]> {
  const rows = await db.systemReads.any<{ id: string; status: string }>(
    [],
    sql`SELECT id, status FROM runs WHERE id = ANY(${sql.array(ids, 'text')})`,
  );
  return ids.map((id) => rows.find((row) => row.id === id)!.status);
}

test('places go to the oldest run whose crew and agent have room, past those that have none', async () => {
  await heartbeat('host-order', 3);
  const busy = await crewOn('host-order', 1);
  const idle = await crewOn('host-order', 2);
  const first = await queue(busy, 'host-order', 'lead', 3);
  const second = await queue(idle, 'host-order', 'lead');
  const third = await queue(idle, 'host-order', 'builder', 2);
  expect(await statuses([...first, ...second, ...third])).toEqual([
    'ADMITTED',
    'QUEUED',
    'QUEUED',
    'ADMITTED',
    'ADMITTED',
    'QUEUED',
  ]);
  await end(busy, 'host-order', first[0]!);
  await end(idle, 'host-order', second[0]!);
  expect(await statuses([first[1]!, first[2]!, third[1]!])).toEqual(['ADMITTED', 'QUEUED', 'ADMITTED']);
});

test('a host that reports more places, and a crew that is given more, admit those who wait', async () => {
  await heartbeat('host-grows', 1);
  const crew = await crewOn('host-grows', 2);
  const ids = await queue(crew, 'host-grows', 'lead', 3);
  expect(await statuses(ids)).toEqual(['ADMITTED', 'QUEUED', 'QUEUED']);
  await heartbeat('host-grows', 8);
  expect(await statuses(ids)).toEqual(['ADMITTED', 'ADMITTED', 'QUEUED']);
  await db.transaction({ workspaceIds: [crew.workspaceId] }, async (tx) => {
    await setSlotCapacity(tx, { kind: 'agent', id: crew.agents.lead!, capacity: 5, hostId: 'host-grows' });
    await setSlotCapacity(tx, { kind: 'crew', id: crew.crewId, capacity: 5, hostId: 'host-grows' });
  });
  expect(await statuses(ids)).toEqual(['ADMITTED', 'ADMITTED', 'ADMITTED']);
});

test('a queued run whose row another transaction holds is admitted once that one gives it up', async () => {
  await heartbeat('host-held', 1);
  const crew = await crewOn('host-held', 2);
  const [running, waiting] = await queue(crew, 'host-held', 'lead', 2);
  const holder = new pg.Client(testDatabase.ownerUrl);
  await holder.connect();
  try {
    await holder.query('BEGIN');
    await holder.query('SELECT 1 FROM runs WHERE id = $1 FOR UPDATE', [waiting]);
    const ended = end(crew, 'host-held', running!);
    await holder.query(`SELECT pg_sleep(0.2)`);
    await holder.query('ROLLBACK');
    await ended;
  } finally {
    await holder.end();
  }
  expect(await statuses([waiting!])).toEqual(['ADMITTED']);
});

test("one workspace's request is not named in what it admits of another", async () => {
  await heartbeat('host-shared', 1);
  const first = await crewOn('host-shared', 1);
  const second = await crewOn('host-shared', 1);
  const [running] = await queue(first, 'host-shared', 'lead', 1, 'req_of_first_0001');
  const [waiting] = await queue(second, 'host-shared', 'lead', 1, 'req_of_second_001');
  await end(first, 'host-shared', running!, 'req_of_first_0002');
  const rows = await db.systemReads.any<{ target: string; request_id: string | null }>(
    [],
    sql`SELECT target, request_id FROM outbox WHERE workspace_id IN (${first.workspaceId}, ${second.workspaceId})
      ORDER BY id`,
  );
  expect(rows).toEqual([
    { target: `run-${running}`, request_id: 'req_of_first_0001' },
    { target: `run-${waiting}`, request_id: null },
  ]);
});

test("the application login neither frees another workspace's places nor writes places by itself", async () => {
  await heartbeat('host-walls', 1);
  const mine = await crewOn('host-walls', 1);
  const theirs = await crewOn('host-walls', 1);
  const [running] = await queue(theirs, 'host-walls', 'lead');
  const app = new pg.Client(testDatabase.appUrl);
  await app.connect();
  try {
    await app.query(`SELECT set_config('crewship.workspaces', $1, false)`, [mine.workspaceId]);
    expect((await app.query(`SELECT crewship_release_slots($1) AS freed`, [running])).rows).toEqual([{ freed: 0 }]);
    await app.query(`SELECT crewship_set_capacity('crew', $1, 99, 'host-walls')`, [theirs.crewId]);
    await app.query(`SELECT crewship_set_capacity('host', 'host-walls', 99, 'host-walls')`);
    for (const statement of [
      `UPDATE slot_scopes SET capacity = 99`,
      `UPDATE slot_scopes SET in_use = 0`,
      `DELETE FROM slot_leases`,
      `INSERT INTO slot_scopes (kind, id, workspace_id, capacity) VALUES ('host', 'mine', NULL, 99)`,
    ]) {
      await expect(app.query(statement), statement).rejects.toMatchObject({ code: '42501' });
    }
  } finally {
    await app.end();
  }
  const scopes = await db.systemReads.any<{ capacity: number; in_use: number }>(
    [],
    sql`SELECT capacity, in_use FROM slot_scopes WHERE id IN ('host-walls', ${theirs.crewId}) ORDER BY kind`,
  );
  expect(scopes).toEqual([
    { capacity: 1, in_use: 1 },
    { capacity: 1, in_use: 1 },
  ]);
});

test('the end of a sidecar that is told twice is one transition', async () => {
  await heartbeat('host-sidecar', 1);
  const crew = await createTestCrew(db, { agents: { lead: ['worker.mjs'] } });
  const generation = await db.transaction({ workspaceIds: [crew.workspaceId] }, async (tx) => {
    await placeCrew(tx, crew.crewId);
    return requestContainer(tx, (await lockCrew(tx, crew.crewId))!);
  });
  await markCrewRunning(
    db,
    { workspaceId: crew.workspaceId, id: crew.crewId, generation },
    startedContainer('c1', 'e1'),
  );
  const gone = () => markSidecarGone(db, { workspaceId: crew.workspaceId, crewId: crew.crewId, execId: 'e1' });
  expect([await gone(), await gone()]).toEqual([true, false]);
});

test('an outdated sidecar is asked to be replaced once, and what asks for it is cleared by the one that the row names', async () => {
  await heartbeat('host-outdated', 1);
  const crew = await createTestCrew(db, { agents: { lead: ['worker.mjs'] } });
  const generation = await db.transaction({ workspaceIds: [crew.workspaceId] }, async (tx) => {
    await placeCrew(tx, crew.crewId);
    return requestContainer(tx, (await lockCrew(tx, crew.crewId))!);
  });
  const address = { workspaceId: crew.workspaceId, id: crew.crewId, generation };
  const sidecar = { file: 'sidecar-1.mjs', tokenFp: 't1' };
  const container = { ...startedContainer('c1', 'e1'), sidecar };
  await markCrewRunning(db, address, container);
  const seen = (await readRunningCrew(db, address))!;
  expect(seen).toMatchObject({ sidecar_file: 'sidecar-1.mjs', sidecar_token_fp: 't1' });
  const version = { file: 'sidecar-2.mjs', tokenFp: 't1' };
  const mark = () => markSidecarOutdated(db, seen, version);
  expect(await Promise.all([mark(), mark()]).then((told) => told.toSorted())).toEqual([false, true]);
  expect(await advanceCrew(db, address, () => Promise.resolve({ kind: 'ready' }))).toMatchObject({
    kind: 'restart-sidecar',
  });
  await settleSidecar(db, address, 'e0');
  expect(await recordSidecar(db, address, { execId: 'e2', version })).toBe(true);
  // Not cleared by what is not there any more, nor marked again by who saw the one before.
  await settleSidecar(db, address, 'e1');
  expect(await advanceCrew(db, address, () => Promise.resolve({ kind: 'ready' }))).toMatchObject({
    kind: 'restart-sidecar',
  });
  await settleSidecar(db, address, 'e2');
  expect(await advanceCrew(db, address, () => Promise.resolve({ kind: 'ready' }))).toMatchObject({ kind: 'waiting' });
  expect(await mark()).toBe(false);
  expect(await recordSidecar(db, { ...address, generation: generation + 1 }, { execId: 'e3', version })).toBe(false);
});
