import { Client, Connection } from '@temporalio/client';
import { type BenchCrew, createBenchCrew, createChainMission, startMission, untilRows } from './bench-crew.ts';
import type { BenchStack } from './bench-stack.ts';
import { callAtRate, inParallel } from './constant-rate.ts';
import { atLeast, atMost, type Figure } from './figure.ts';
import { startLimitProcess } from './limits/limit-process.ts';
import { percentile } from './percentile.ts';

const PER_SECOND = 50;
const WARM_UP = 100;
const COUNTED = 500;
const FIRST_STEP_DEADLINE_MS = 180_000;

/**
 * Mission starts at a constant rate while their workflows really run: a mission counts when its workflow's first step
 * is committed, which gives its first task an attempt. The crew's only place is taken by another mission, so that no
 * agent runs: what is measured is the start, not the exec.
 */
export async function missionStart(bench: BenchStack): Promise<Figure[]> {
  const crew = await createBenchCrew(bench, { slug: 'starts', program: 'hold.sh', maxConcurrentRuns: 1 });
  const holder = await createChainMission(bench, crew, 1);
  await startMission(bench, crew, holder);
  await untilRows('the crew is busy', 60_000, () => isRunning(bench, holder));
  const missions = await inParallel(Array.from({ length: WARM_UP + COUNTED }), 6, () =>
    createChainMission(bench, crew, 1),
  );
  const start = (missionId: string) => requestStart(bench, crew, missionId);
  await callAtRate(missions.slice(0, WARM_UP), { perSecond: PER_SECOND, call: start });
  const counted = missions.slice(WARM_UP);
  const requestMs = await callAtRate(counted, { perSecond: PER_SECOND, call: start });
  const firstSteps = await readFirstSteps(bench, counted);

  const bareRequestMs = await bareRequests(bench);
  const noop = await noopWorkflows(bench);
  return [
    atMost({
      name: 'mission-start',
      value: percentile(requestMs, 99),
      unit: 'ms p99',
      target: 40,
      limit: percentile(bareRequestMs, 99),
      limitName: `bare Fastify POST with a transaction of select 1, also at ${PER_SECOND}/s`,
    }),
    atLeast({
      name: 'mission-start-workflows',
      value: firstSteps.perSecond,
      unit: '/s',
      target: PER_SECOND * 0.98,
      limit: noop.perSecond,
      limitName: 'starts of a workflow that does nothing, as fast as they go',
    }),
    atMost({
      name: 'mission-start-first-step',
      value: percentile(firstSteps.delaysMs, 99),
      unit: 'ms p99',
      target: 1_000,
      limit: percentile(noop.delaysMs, 99),
      limitName: `a workflow that does nothing, start to end, at ${PER_SECOND}/s`,
    }),
  ];
}

async function isRunning(bench: BenchStack, missionId: string): Promise<boolean> {
  const { rows } = await bench.rows.query(`select 1 from runs where mission_id = $1 and status = 'RUNNING'`, [
    missionId,
  ]);
  return rows.length > 0;
}

/** When each mission's first step was committed, after its start was; waits for the last one. */
async function readFirstSteps(bench: BenchStack, missionIds: readonly string[]) {
  const read = async () => {
    const { rows } = await bench.rows.query<{ started_ms: number; step_ms: number }>(
      `select (extract(epoch from m.started_at) * 1000)::float8 as started_ms,
         (extract(epoch from r.queued_at) * 1000)::float8 as step_ms
       from missions m join runs r on r.mission_id = m.id where m.id = any($1)`,
      [missionIds],
    );
    return rows;
  };
  await untilRows(
    `the first step of ${missionIds.length} missions`,
    FIRST_STEP_DEADLINE_MS,
    async () => (await read()).length === missionIds.length,
  );
  const rows = await read();
  const spanMs = Math.max(...rows.map((row) => row.step_ms)) - Math.min(...rows.map((row) => row.started_ms));
  return { perSecond: (rows.length * 1_000) / spanMs, delaysMs: rows.map((row) => row.step_ms - row.started_ms) };
}

/**
 * Its own request, as the client's time limit would hide how long a start really takes on a machine that is too slow.
 */
async function requestStart(bench: BenchStack, crew: BenchCrew, missionId: string): Promise<void> {
  const url = `${bench.stack.apiUrl}/api/v1/crews/${crew.id}/missions/${missionId}/start`;
  const response = await fetch(url, { method: 'POST', headers: { authorization: `Bearer ${bench.token}` } });
  if (response.status !== 200) throw new Error(`${url} answered ${response.status}: ${await response.text()}`);
  await response.json();
}

async function bareRequests(bench: BenchStack): Promise<number[]> {
  const bare = await startLimitProcess('bare-server', {
    CREWSHIP_BENCH_DATABASE_URL: bench.stack.processEnv.CREWSHIP_APP_DATABASE_URL,
  });
  try {
    const call = async () => {
      const response = await fetch(`${bare.address}/transaction`, { method: 'POST' });
      await response.json();
    };
    const options = { perSecond: PER_SECOND, call };
    await callAtRate(Array.from({ length: WARM_UP }), options);
    return await callAtRate(Array.from({ length: COUNTED / 2 }), options);
  } finally {
    await bare.stop();
  }
}

async function noopWorkflows(bench: BenchStack): Promise<{ delaysMs: number[]; perSecond: number }> {
  const address = bench.stack.services.temporalAddress ?? '';
  const worker = await startLimitProcess('noop-worker', { TEMPORAL_ADDRESS: address });
  const connection = await Connection.connect({ address });
  try {
    const client = new Client({ connection });
    const run = async () => {
      await client.workflow.execute('noopWorkflow', {
        taskQueue: 'bench-noop',
        workflowId: `bench-noop-${crypto.randomUUID()}`,
      });
    };
    await callAtRate(Array.from({ length: WARM_UP / 2 }), { perSecond: PER_SECOND, call: run });
    const delaysMs = await callAtRate(Array.from({ length: COUNTED / 2 }), { perSecond: PER_SECOND, call: run });
    const since = performance.now();
    await inParallel(Array.from({ length: COUNTED }), 50, run);
    return { delaysMs, perSecond: (COUNTED * 1_000) / (performance.now() - since) };
  } finally {
    await connection.close();
    await worker.stop();
  }
}
