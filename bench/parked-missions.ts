import { setTimeout as sleep } from 'node:timers/promises';
import { type BenchCrew, createMission, createTask, startMission, untilRows } from './bench-crew.ts';
import type { BenchStack } from './bench-stack.ts';
import { inParallel } from './constant-rate.ts';
import { readCpuTime, usedSince } from './cpu-time.ts';
import { atMost, type Figure } from './figure.ts';
import { startInstantAgents } from './instant-agents.ts';

const FEW = 100;
const MANY = 1_000;
const WINDOW_MS = 60_000;
/** What the last mission left to do is done. */
const QUIET_MS = 10_000;
const CALLS_OF_CHANCE = 5;
const PARK_DEADLINE_MS = 900_000;

/** A minute of a stack that nobody asks anything. */
interface Minute {
  /** Percent of a core: our processes, and Temporal. */
  readonly productPercent: number;
  readonly temporalPercent: number;
  /** How often each statement of our processes was asked. */
  readonly calls: Calls;
  readonly rowsRead: number;
}

type Calls = ReadonlyMap<string, number>;

/**
 * Missions that wait for a person's approval, and nothing else: what they cost a minute, and whether anything asks the
 * database more often, or reads more of it, because there are more of them.
 */
export async function parkedMissions(bench: BenchStack): Promise<Figure[]> {
  const idle = await watchMinute(bench);
  await park(bench, 'few', FEW);
  const few = await watchMinute(bench);
  await park(bench, 'many', MANY - FEW);
  const many = await watchMinute(bench);
  return [
    atMost({
      name: 'parked-missions',
      value: many.productPercent,
      unit: '% of a core',
      target: 5,
      limit: idle.productPercent,
      limitName: 'the same processes with no mission',
    }),
    atMost({
      name: 'parked-missions-temporal',
      value: many.temporalPercent,
      unit: '% of a core',
      target: 10,
      limit: idle.temporalPercent,
      limitName: 'Temporal with no mission',
    }),
    atMost({
      name: 'parked-missions-queries',
      value: askedMoreOften(few.calls, many.calls).length,
      unit: 'queries that grow',
      target: 0,
      limit: askedMoreOften(idle.calls, few.calls).length,
      limitName:
        `of ${many.calls.size}, from none to ${FEW}; ` +
        `${total(many.calls)} calls a minute with ${MANY}, ${total(idle.calls)} with none`,
    }),
    atMost({
      name: 'parked-missions-rows-read',
      value: many.rowsRead / few.rowsRead,
      unit: `× from ${FEW} to ${MANY}`,
      target: 1.1,
      limit: few.rowsRead / idle.rowsRead,
      limitName: `from none to ${FEW}; ${idle.rowsRead} a minute with none`,
    }),
  ];
}

/**
 * Missions of one task whose result waits for approval. The host that played their agents is gone when this returns.
 */
async function park(bench: BenchStack, slug: string, count: number): Promise<void> {
  const agents = await startInstantAgents(bench);
  try {
    const crew = await agents.addCrew(`parked-${slug}`);
    await inParallel(Array.from({ length: count }), 4, () => startParked(bench, crew));
    await untilRows(`${count} missions wait for approval`, PARK_DEADLINE_MS, async () => {
      const { rows } = await bench.rows.query<{ waiting: string }>(
        `select count(*) as waiting from tasks where crew_id = $1 and status = 'AWAITING_APPROVAL'`,
        [crew.id],
      );
      return Number(rows[0]!.waiting) === count;
    });
  } finally {
    await agents.stop();
  }
}

async function startParked(bench: BenchStack, crew: BenchCrew): Promise<void> {
  const missionId = await createMission(bench, crew, 'Parked');
  await createTask(bench, crew, missionId, { title: 'Wait', approval_required: true });
  await startMission(bench, crew, missionId);
}

async function watchMinute(bench: BenchStack): Promise<Minute> {
  await untilRows('nothing is left to do', PARK_DEADLINE_MS, async () => {
    const { rows } = await bench.rows.query('select 1 from outbox union all select 1 from journal_unsequenced limit 1');
    return rows.length === 0;
  });
  await sleep(QUIET_MS);
  const cpu = readCpuTime(bench);
  const rowsBefore = await readRowsRead(bench);
  const callsBefore = await readCalls(bench);
  const since = performance.now();
  await sleep(WINDOW_MS);
  const windowMs = performance.now() - since;
  const used = usedSince(cpu, bench);
  const calls = await readCalls(bench);
  return {
    productPercent: (used.product * 100) / windowMs,
    temporalPercent: (used.temporal * 100) / windowMs,
    calls: new Map([...calls].map(([id, count]) => [id, count - (callsBefore.get(id) ?? 0)] as const)),
    rowsRead: (await readRowsRead(bench)) - rowsBefore,
  };
}

/** Backends report once they are idle, at most a second late. */
async function readRowsRead(bench: BenchStack): Promise<number> {
  const { rows } = await bench.rows.query<{ rows_read: string }>(
    'select sum(seq_tup_read + coalesce(idx_tup_fetch, 0)) as rows_read from pg_stat_user_tables',
  );
  return Number(rows[0]!.rows_read);
}

async function readCalls(bench: BenchStack): Promise<Calls> {
  const { rows } = await bench.rows.query<{ id: string; calls: string }>(
    `select queryid::text as id, sum(calls) as calls from pg_stat_statements s join pg_roles r on r.oid = s.userid
     where r.rolname <> current_user and s.dbid = (select oid from pg_database where datname = current_database())
     group by queryid`,
  );
  return new Map(rows.map((row) => [row.id, Number(row.calls)]));
}

/** Statements whose calls a minute rose by more than a schedule's beat may shift between two windows. */
function askedMoreOften(before: Calls, after: Calls): string[] {
  return [...after].filter(([id, calls]) => calls > (before.get(id) ?? 0) * 1.1 + CALLS_OF_CHANCE).map(([id]) => id);
}

function total(calls: Calls): number {
  return [...calls.values()].reduce((sum, count) => sum + count, 0);
}
