import { beforeAll, expect, test } from 'vitest';
import { advanceCrew, markCrewRunning, requestContainer } from '../../../commands/engine/crews/advance-crew.ts';
import { lockCrew } from '../../../db/crews/crews/crew-row.ts';
import { markSidecarGone, recordSidecar } from '../../../commands/engine/crews/crew-sidecar.ts';
import { recordHostHeartbeat } from '../../../commands/engine/hosts/host-heartbeat.ts';
import { placeCrew } from '../../../commands/engine/hosts/place-crew.ts';
import { startedContainer } from '../../support/started-container.ts';
import { sql } from '../../../db/kernel/sql.ts';
import { freePlacesOfEndedRuns } from '../../../commands/instance/reconcile/free-places.ts';
import { beginPass, endPass, keepPass } from '../../../db/instance/reconcile/reconciler-lease.ts';
import { admitRuns } from '../../../commands/engine/runs/queue-runs.ts';
import { newId } from '../../../platform/ids/ids.ts';
import { createTestCrew } from '../../support/test-crew.ts';
import { useDatabase } from '../../support/world/use-database.ts';

const { db } = useDatabase({ writePoolSize: 4, readPoolSize: 2, systemPoolSize: 4 });
beforeAll(() => recordHostHeartbeat(db, { hostId: 'host-a', architecture: 'x86_64', engineVersion: '1', slots: 1 }));

test('of many processes one makes a pass at a time, and one that died is succeeded', async () => {
  const begin = (holder: string, force = true) => beginPass(db, { holder, force, everyMs: 60_000 });
  const all = await Promise.all(['a', 'b', 'c', 'd'].map((holder) => begin(holder)));
  expect(all.filter((pass) => pass !== null)).toEqual([{ comparedUntil: null }]);
  const holder = ['a', 'b', 'c', 'd'][all.findIndex((pass) => pass !== null)]!;
  expect(await keepPass(db, holder)).toBe(true);
  await endPass(db, { holder, completed: true });
  expect(await keepPass(db, holder)).toBe(false);

  expect(await begin('e', false)).toBeNull();
  const forced = await begin('e');
  expect(Date.parse(forced!.comparedUntil!)).toBeGreaterThan(Date.now() - 60_000);
  // Its process dies.
  await db.systemTransaction({}, (tx) =>
    tx.execute(sql`UPDATE leases SET held_until = now() WHERE name = 'reconciler'`),
  );
  // The pass that did not end has compared nothing.
  expect(await begin('f')).toEqual(forced);
  expect(await keepPass(db, 'e')).toBe(false);
  await endPass(db, { holder: 'e', completed: true });
  expect(await keepPass(db, 'f')).toBe(true);
  await endPass(db, { holder: 'f', completed: false });
  expect(await begin('g')).toEqual(forced);
});

test('places that a run holds after its end go to the next in line', async () => {
  const crew = await createTestCrew(db, { agents: { lead: ['worker.mjs'] } });
  const scope = { workspaceIds: [crew.workspaceId] };
  const ids = [newId(), newId()];
  await db.transaction(scope, async (tx) => {
    await placeCrew(tx, crew.crewId);
    for (const id of ids) {
      await tx.execute(sql`
        INSERT INTO runs (id, workspace_id, agent_id, crew_id, host_id, trigger_type, queued_at)
        VALUES (${id}, ${crew.workspaceId}, ${crew.leadId}, ${crew.crewId}, 'host-a', 'USER', clock_timestamp())`);
    }
    await admitRuns(tx, 'host-a');
    await tx.execute(sql`UPDATE runs SET status = 'COMPLETED', finished_at = now() WHERE id = ${ids[0]!}`);
  });
  expect(await freePlacesOfEndedRuns(db)).toBe(1);
  expect(await freePlacesOfEndedRuns(db)).toBe(0);
  const holders = await db.systemReads.any<{ run_id: string }>([], sql`SELECT DISTINCT run_id FROM slot_leases`);
  expect(holders).toEqual([{ run_id: ids[1] }]);
  const entries = await db.reads.any(
    scope.workspaceIds,
    sql`SELECT target_id, payload->>'discrepancy' AS what FROM journal_entries WHERE entry_type = 'reconcile.repaired'`,
  );
  expect(entries).toEqual([{ target_id: ids[0], what: 'places_held' }]);
});

const VERSION = { file: 'sidecar-1.mjs', tokenFp: 'abcdef012345' };

test('a sidecar that keeps ending is started again with growing pauses, one that lived for a while at once', async () => {
  const crew = await createTestCrew(db, { agents: { lead: ['worker.mjs'] } });
  const { workspaceId, crewId } = crew;
  const inWorkspace = { workspaceIds: [workspaceId] };
  const generation = await db.transaction(inWorkspace, async (tx) => {
    await placeCrew(tx, crewId);
    return requestContainer(tx, (await lockCrew(tx, crewId))!);
  });
  const address = { workspaceId, id: crewId, generation };
  await markCrewRunning(db, address, startedContainer('c1', 'e0'));
  let execs = 0;
  async function end() {
    await markSidecarGone(db, { workspaceId, crewId, execId: `e${execs}` });
    const step = await advanceCrew(db, address, () => Promise.resolve({ kind: 'ready' }));
    execs += 1;
    await recordSidecar(db, address, { execId: `e${execs}`, version: VERSION });
    return step;
  }
  expect(await end()).toMatchObject({ kind: 'restart-sidecar' });
  for (let early = 1; early < 5; early += 1) await end();
  expect(await end()).toMatchObject({ kind: 'waiting' });
  await db.transaction(inWorkspace, (tx) =>
    tx.execute(sql`UPDATE crews SET sidecar_started_at = now() - interval '2 minutes' WHERE id = ${crewId}`),
  );
  expect(await end()).toMatchObject({ kind: 'restart-sidecar' });
  const pauses = await db.reads.any<{ ms: number }>(
    inWorkspace.workspaceIds,
    sql`
      SELECT (payload->>'restart_in_ms')::int AS ms FROM journal_entries WHERE entry_type = 'sidecar.stale'
        ORDER BY ts, id`,
  );
  expect(pauses.map(({ ms }) => ms)).toEqual([0, 500, 1_000, 2_000, 4_000, 8_000, 0]);
});
