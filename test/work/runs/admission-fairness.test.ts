import fc from 'fast-check';
import { expect, test } from 'vitest';
import { recordHostHeartbeat } from '../../../commands/engine/hosts/host-heartbeat.ts';
import { sql } from '../../../db/kernel/sql.ts';
import { admitRuns, releaseSlots, setSlotCapacity } from '../../../commands/engine/runs/queue-runs.ts';
import { newId } from '../../../platform/ids/ids.ts';
import { createTestCrew, type TestCrew } from '../../support/test-crew.ts';
import { useDatabase } from '../../support/world/use-database.ts';

const RUNS = Number(process.env.CREWSHIP_TEST_FUZZ_RUNS ?? 15);

const { db, owner } = useDatabase({ writePoolSize: 4, readPoolSize: 2, systemPoolSize: 2 });

async function startHost(slots: number): Promise<string> {
  const hostId = `host-${newId()}`;
  await recordHostHeartbeat(db, { hostId, architecture: 'x86_64', engineVersion: '1', slots });
  return hostId;
}

const addCrew = (options: { concurrency: number; workspaceId?: string }): Promise<TestCrew> =>
  createTestCrew(db, { agents: { lead: ['worker.mjs'], builder: ['worker.mjs'] }, ...options });

/** Queues runs of an agent, oldest first, and lets the host admit. */
async function queue(crew: TestCrew, hostId: string, count: number, agent = 'lead'): Promise<string[]> {
  const ids = Array.from({ length: count }, () => newId());
  await db.transaction({ workspaceIds: [crew.workspaceId] }, async (tx) => {
    await tx.execute(sql`
      INSERT INTO runs (id, workspace_id, agent_id, crew_id, host_id, trigger_type, queued_at)
      SELECT id, ${crew.workspaceId}, ${crew.agents[agent]!}, ${crew.crewId}, ${hostId}, 'USER',
        clock_timestamp() + place * interval '1 microsecond'
      FROM unnest(${sql.array(ids, 'text')}) WITH ORDINALITY AS new(id, place)`);
    await admitRuns(tx, hostId);
  });
  return ids;
}

async function end(workspaceId: string, hostId: string, runId: string): Promise<void> {
  await db.transaction({ workspaceIds: [workspaceId] }, async (tx) => {
    await tx.execute(sql`UPDATE runs SET status = 'COMPLETED' WHERE id = ${runId}`);
    await releaseSlots(tx, runId, hostId);
  });
}

async function admitted(hostId: string): Promise<readonly { id: string; crew_id: string; workspace_id: string }[]> {
  const { rows } = await owner.query<{ id: string; crew_id: string; workspace_id: string }>(
    `SELECT id, crew_id, workspace_id FROM runs WHERE host_id = $1 AND status = 'ADMITTED' ORDER BY admitted_at`,
    [hostId],
  );
  return rows;
}

/** Ends the run that was admitted first, again and again, and returns whose runs took the places. */
async function playTurns(hostId: string, turns: number): Promise<string[]> {
  const taken: string[] = [];
  for (let turn = 0; turn < turns; turn += 1) {
    const before = await admitted(hostId);
    await end(before[0]!.workspace_id, hostId, before[0]!.id);
    const now = await admitted(hostId);
    taken.push(...now.filter(({ id }) => !before.some((run) => run.id === id)).map(({ crew_id }) => crew_id));
  }
  return taken;
}

test('the first run of a workspace takes the next free place, however many runs of another wait before it', async () => {
  const hostId = await startHost(4);
  const flood = await addCrew({ concurrency: 100 });
  const guest = await addCrew({ concurrency: 100 });
  await queue(flood, hostId, 1_000);
  const [first] = await queue(guest, hostId, 1);
  const [running] = await admitted(hostId);
  await end(flood.workspaceId, hostId, running!.id);
  expect((await admitted(hostId)).map(({ id }) => id)).toContain(first);
});

test('two workspaces that both always have runs waiting get as many places each, also of a host with one place', async () => {
  const hostId = await startHost(1);
  const flood = await addCrew({ concurrency: 100 });
  const other = await addCrew({ concurrency: 100 });
  await queue(flood, hostId, 100);
  await queue(other, hostId, 5);
  const taken = await playTurns(hostId, 10);
  const [a, b] = [flood.crewId, other.crewId];
  expect(taken).toEqual([b, a, b, a, b, a, b, a, b, a]);
});

test('crews of one workspace take turns as workspaces do, and share what their workspace has', async () => {
  const hostId = await startHost(2);
  const flood = await addCrew({ concurrency: 100 });
  const sibling = await addCrew({ concurrency: 100, workspaceId: flood.workspaceId });
  const guest = await addCrew({ concurrency: 100 });
  await queue(flood, hostId, 100);
  await queue(sibling, hostId, 100);
  await queue(guest, hostId, 100);
  const taken = await playTurns(hostId, 12);
  const of = (crew: TestCrew) => taken.filter((crewId) => crewId === crew.crewId).length;
  expect([of(flood), of(sibling), of(guest)]).toEqual([3, 3, 6]);
});

test('an agent that is at its limit holds up neither its crew nor others behind it', async () => {
  const hostId = await startHost(3);
  const crew = await addCrew({ concurrency: 3 });
  await db.transaction({ workspaceIds: [crew.workspaceId] }, (tx) =>
    setSlotCapacity(tx, { kind: 'agent', id: crew.agents.lead!, capacity: 1, hostId }),
  );
  const full = await addCrew({ concurrency: 1 });
  const lead = await queue(crew, hostId, 50);
  const blocked = await queue(full, hostId, 50);
  const builder = await queue(crew, hostId, 1, 'builder');
  expect((await admitted(hostId)).map(({ id }) => id)).toEqual([lead[0], blocked[0], builder[0]]);
});

test('an admission reads a few rows of the queue, not the queue', async () => {
  const hostId = await startHost(1);
  const crews = [
    await addCrew({ concurrency: 1 }),
    await addCrew({ concurrency: 100 }),
    await addCrew({ concurrency: 9 }),
  ];
  for (const crew of crews) await queue(crew, hostId, 3_000);
  await owner.query('ANALYZE');
  const [running] = await admitted(hostId);
  await owner.query('BEGIN');
  await owner.query(`SELECT set_config('crewship.workspaces', $1, true)`, [running!.workspace_id]);
  await owner.query(`UPDATE runs SET status = 'COMPLETED' WHERE id = $1`, [running!.id]);
  const read = async () => {
    const { rows } = await owner.query<{ tuples: string }>(`
      SELECT pg_stat_get_xact_tuples_returned('runs'::regclass) + pg_stat_get_xact_tuples_fetched('runs'::regclass) +
        (SELECT coalesce(sum(pg_stat_get_xact_tuples_returned(indexrelid)), 0) FROM pg_index
         WHERE indrelid = 'runs'::regclass) AS tuples`);
    return Number(rows[0]!.tuples);
  };
  const before = await read();
  await owner.query('SELECT crewship_release_slots($1)', [running!.id]);
  const { rows } = await owner.query<{ admitted: number }>('SELECT crewship_admit_runs($1) AS admitted', [hostId]);
  const tuples = (await read()) - before;
  await owner.query('ROLLBACK');
  expect(rows[0]!.admitted).toBe(1);
  expect(tuples).toBeGreaterThan(0);
  expect(tuples).toBeLessThan(100);
});

type Move =
  | { readonly kind: 'queue'; readonly crew: number; readonly agent: 'lead' | 'builder'; readonly count: number }
  | { readonly kind: 'end'; readonly run: number }
  | { readonly kind: 'release-again'; readonly run: number }
  | { readonly kind: 'capacity'; readonly crew: number; readonly scope: 'crew' | 'agent'; readonly capacity: number };

const move = fc.oneof<fc.Arbitrary<Move>[]>(
  fc.record({
    kind: fc.constant('queue'),
    crew: fc.nat(2),
    agent: fc.constantFrom('lead' as const, 'builder' as const),
    count: fc.integer({ min: 1, max: 4 }),
  }),
  fc.record({ kind: fc.constant('end'), run: fc.nat(20) }),
  fc.record({ kind: fc.constant('end'), run: fc.nat(20) }),
  fc.record({ kind: fc.constant('release-again'), run: fc.nat(20) }),
  fc.record({
    kind: fc.constant('capacity'),
    crew: fc.nat(2),
    scope: fc.constantFrom('crew' as const, 'agent' as const),
    capacity: fc.nat(4),
  }),
);

/**
 * Places in use are the leases there are, none beyond a limit that was not lowered, and none free that a run could use.
 */
async function judge(hostId: string): Promise<void> {
  const wrong = await owner.query(
    `SELECT s.kind, s.id, s.in_use, count(l.run_id) AS leases FROM slot_scopes s
     LEFT JOIN slot_leases l ON l.kind = s.kind AND l.scope_id = s.id
     GROUP BY s.kind, s.id, s.in_use HAVING s.in_use <> count(l.run_id)`,
  );
  expect(wrong.rows).toEqual([]);
  const leased = await owner.query(
    `SELECT r.id FROM runs r WHERE r.host_id = $1
       AND (r.status = 'ADMITTED') <> ((SELECT count(*) FROM slot_leases l WHERE l.run_id = r.id) = 3)`,
    [hostId],
  );
  expect(leased.rows).toEqual([]);
  const usable = await owner.query(
    `SELECT r.id FROM runs r
     JOIN slot_scopes h ON h.kind = 'host' AND h.id = r.host_id AND h.in_use < h.capacity
     JOIN slot_scopes c ON c.kind = 'crew' AND c.id = r.crew_id AND c.in_use < c.capacity
     JOIN slot_scopes a ON a.kind = 'agent' AND a.id = r.agent_id AND a.in_use < a.capacity
     WHERE r.host_id = $1 AND r.status = 'QUEUED'`,
    [hostId],
  );
  expect(usable.rows).toEqual([]);
  const over = await owner.query(`SELECT 1 FROM slot_scopes WHERE kind = 'host' AND in_use > capacity`);
  expect(over.rows).toEqual([]);
}

test('whatever is queued, ended and limited, places are neither lost nor given twice, and none is free while one could use it', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(move, { minLength: 5, maxLength: 25 }), async (moves) => {
      const hostId = await startHost(3);
      const shared = await addCrew({ concurrency: 2 });
      const crews = [
        shared,
        await addCrew({ concurrency: 2, workspaceId: shared.workspaceId }),
        await addCrew({ concurrency: 3 }),
      ];
      const ended: { id: string; workspaceId: string }[] = [];
      for (const next of moves) {
        if (next.kind === 'queue') await queue(crews[next.crew]!, hostId, next.count, next.agent);
        else if (next.kind === 'capacity') {
          const crew = crews[next.crew]!;
          const scope = { kind: next.scope, id: next.scope === 'crew' ? crew.crewId : crew.agents.lead! };
          await db.transaction({ workspaceIds: [crew.workspaceId] }, (tx) =>
            setSlotCapacity(tx, { ...scope, capacity: next.capacity, hostId }),
          );
        } else if (next.kind === 'end') {
          const live = await admitted(hostId);
          const run = live[next.run % Math.max(1, live.length)];
          if (run === undefined) continue;
          await end(run.workspace_id, hostId, run.id);
          ended.push({ id: run.id, workspaceId: run.workspace_id });
        } else {
          const run = ended[next.run % Math.max(1, ended.length)];
          if (run !== undefined) await end(run.workspaceId, hostId, run.id);
        }
        await judge(hostId);
      }
    }),
    { numRuns: RUNS },
  );
});
