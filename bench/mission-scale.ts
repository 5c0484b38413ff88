import { type BenchCrew, createMission, createTask, startMission, untilRows } from './bench-crew.ts';
import type { BenchStack } from './bench-stack.ts';
import { inParallel } from './constant-rate.ts';
import { type CpuTime, readCpuTime, usedSince } from './cpu-time.ts';
import { atMost, type Figure } from './figure.ts';
import { startInstantAgents } from './instant-agents.ts';

const SMALL = 100;
const LARGE = 1_000;
const WIDTH = 20;
const FAN_IN = 3;
/** Before the large mission and after it: a machine that gets busier meanwhile shows. */
const SMALL_MISSIONS = 3;
const MISSION_DEADLINE_MS = 600_000;

interface Cost {
  readonly cpuMsATask: number;
  readonly ms: number;
}

/**
 * What one task of a mission of 1,000 costs, wide and deep, against one of a mission of 100: CPU time of the whole
 * stack and wall time. Agents are done at once and need no container, so what is compared is the engine.
 */
export async function missionScale(bench: BenchStack): Promise<Figure[]> {
  const agents = await startInstantAgents(bench);
  try {
    const crew = await agents.addCrew('scale');
    await runMission(bench, crew, SMALL);
    const before = await runSmall(bench, crew);
    const large = await runMission(bench, crew, LARGE);
    const after = await runSmall(bench, crew);
    const cpu = mean([before.cpuMsATask, after.cpuMsATask]);
    const wall = mean([before.ms, after.ms]);
    const spread = (one: number, other: number) => Math.max(one, other) / Math.min(one, other);
    return [
      atMost({
        name: 'mission-scale',
        value: large.cpuMsATask / cpu,
        unit: '× CPU a task',
        target: 1.3,
        limit: spread(before.cpuMsATask, after.cpuMsATask),
        limitName: `missions of ${SMALL} tasks after it against those before, ${cpu.toFixed(0)} ms a task`,
      }),
      atMost({
        name: 'mission-scale-time',
        value: large.ms / wall,
        unit: '× time a task',
        target: 1.3,
        limit: spread(before.ms, after.ms),
        limitName: `the same for their time, ${wall.toFixed(0)} ms a task`,
      }),
    ];
  } finally {
    await agents.stop();
  }
}

async function runSmall(bench: BenchStack, crew: BenchCrew): Promise<Cost> {
  const costs: Cost[] = [];
  for (let number = 0; number < SMALL_MISSIONS; number += 1) costs.push(await runMission(bench, crew, SMALL));
  return { cpuMsATask: mean(costs.map((cost) => cost.cpuMsATask)), ms: mean(costs.map((cost) => cost.ms)) };
}

/** From its start to REVIEW, a task. */
async function runMission(bench: BenchStack, crew: BenchCrew, tasks: number): Promise<Cost> {
  const missionId = await createLayeredMission(bench, crew, tasks);
  const since = performance.now();
  const before = readCpuTime(bench);
  await startMission(bench, crew, missionId);
  await untilRows(`a mission of ${tasks} tasks is done`, MISSION_DEADLINE_MS, async () => {
    const { rows } = await bench.rows.query<{ status: string }>('select status from missions where id = $1', [
      missionId,
    ]);
    const status = rows[0]!.status;
    if (status !== 'IN_PROGRESS' && status !== 'REVIEW') throw new Error(`the mission is ${status}`);
    return status === 'REVIEW';
  });
  return {
    cpuMsATask: sum(usedSince(before, bench)) / tasks,
    ms: (performance.now() - since) / tasks,
  };
}

async function createLayeredMission(bench: BenchStack, crew: BenchCrew, tasks: number): Promise<string> {
  const missionId = await createMission(bench, crew, `${tasks} tasks in layers`);
  let layer: string[] = [];
  for (let first = 0; first < tasks; first += WIDTH) {
    const before = layer;
    layer = await inParallel(Array.from({ length: WIDTH }), 4, async (_, place) => {
      const dependsOn = Array.from({ length: FAN_IN }, (_next, next) => before[(place + next) % WIDTH]!);
      return createTask(bench, crew, missionId, {
        title: `Task ${first + place}`,
        task_order: first + place,
        depends_on: first === 0 ? [] : dependsOn,
      });
    });
  }
  return missionId;
}

function sum(used: CpuTime): number {
  return used.product + used.temporal + used.postgres + used.bench;
}

function mean(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0) / values.length;
}
