import { createBenchCrew, createChainMission, startMission, untilRows } from './bench-crew.ts';
import type { BenchStack } from './bench-stack.ts';
import { type ExecWatch, watchExecs } from './exec-watch.ts';
import { bareExecOutputMs, bareExecStartMs } from './limits/bare-exec.ts';

/** What a chain of tasks in a running container took, each from the end of the task before, in milliseconds. */
export interface TaskChain {
  /** To the daemon's `exec_start` of the next exec. */
  readonly execStartMs: readonly number[];
  /** To the first output of the next agent, in the database. */
  readonly firstOutputMs: readonly number[];
  /** The same ends for a bare exec in the same container, from asking for it. */
  readonly bareStartMs: readonly number[];
  readonly bareOutputMs: readonly number[];
}

/** Missions are of an ordinary size: a step of a mission reads all of its tasks. */
const MISSIONS = 5;
const TASKS_PER_MISSION = 25;
/** The first mission is for warming up, so 4 × 24 transitions count. */
const MISSION_DEADLINE_MS = 180_000;
const BARE_EXECS_PER_MISSION = 10;

const measured = new WeakMap<BenchStack, Promise<TaskChain>>();

/** Measured once for all figures that need it. */
export function taskChain(bench: BenchStack): Promise<TaskChain> {
  const known = measured.get(bench) ?? runTaskChain(bench);
  measured.set(bench, known);
  return known;
}

interface Transition {
  readonly exec_id: string;
  /** Milliseconds since the epoch, Postgres's clock: this machine's. */
  readonly ready_ms: number;
  readonly output_ms: number;
}

async function runTaskChain(bench: BenchStack): Promise<TaskChain> {
  const crew = await createBenchCrew(bench, { slug: 'chain', program: 'first-words.sh', maxConcurrentRuns: 4 });
  const watch = await watchExecs(bench.docker);
  try {
    const chain = { execStartMs: [], firstOutputMs: [], bareStartMs: [], bareOutputMs: [] } as {
      [name in keyof TaskChain]: number[];
    };
    for (let number = 0; number < MISSIONS; number += 1) {
      const missionId = await createChainMission(bench, crew, TASKS_PER_MISSION);
      await startMission(bench, crew, missionId);
      await untilRows('a chain of tasks has run', MISSION_DEADLINE_MS, () => isSettled(bench, missionId));
      if (number === 0) continue;
      // Bare execs in between the missions see the same machine as the tasks do.
      await measureBare(bench, watch, crew.id, chain);
      for (const transition of await readTransitions(bench, missionId)) {
        chain.execStartMs.push((await watch.startedAtMs(transition.exec_id)) - transition.ready_ms);
        chain.firstOutputMs.push(transition.output_ms - transition.ready_ms);
      }
    }
    return chain;
  } finally {
    watch.close();
  }
}

async function isSettled(bench: BenchStack, missionId: string): Promise<boolean> {
  const { rows } = await bench.rows.query<{ status: string }>('select status from missions where id = $1', [missionId]);
  const status = rows[0]?.status;
  if (status !== 'REVIEW' && status !== 'IN_PROGRESS') throw new Error(`the mission is ${status}`);
  return status === 'REVIEW';
}

async function measureBare(
  bench: BenchStack,
  watch: ExecWatch,
  crewId: string,
  chain: { bareStartMs: number[]; bareOutputMs: number[] },
): Promise<void> {
  const { rows } = await bench.rows.query<{ container_id: string }>('select container_id from crews where id = $1', [
    crewId,
  ]);
  const containerId = rows[0]!.container_id;
  for (let number = 0; number < BARE_EXECS_PER_MISSION; number += 1) {
    chain.bareStartMs.push(await bareExecStartMs(watch, containerId));
    chain.bareOutputMs.push(await bareExecOutputMs(watch, containerId));
  }
}

/** Every run of the mission that followed another, in order. */
async function readTransitions(bench: BenchStack, missionId: string): Promise<readonly Transition[]> {
  const { rows } = await bench.rows.query<Transition>(
    `select r.exec_id, (extract(epoch from before.finished_at) * 1000)::float8 as ready_ms,
       (extract(epoch from output.created_at) * 1000)::float8 as output_ms
     from runs r
     join task_dependencies d on d.task_id = r.task_id
     join runs before on before.task_id = d.depends_on_task_id
     join run_events output on output.run_id = r.id and output.output_offset = 0
     where r.mission_id = $1 order by r.started_at`,
    [missionId],
  );
  if (rows.length !== TASKS_PER_MISSION - 1)
    throw new Error(`${rows.length} transitions, each task should have run once`);
  return rows;
}
