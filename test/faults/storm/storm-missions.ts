import type { Random } from './random.ts';

/** What a task's agent does; the agent reads it from the task's description. */
export type Behaviour =
  | { readonly kind: 'work'; readonly ms: number }
  /** Fails in the first iteration and succeeds in the second. */
  | { readonly kind: 'retry'; readonly ms: number }
  /** Fails in both of its iterations. */
  | { readonly kind: 'fail'; readonly ms: number }
  /** Tries to kill what runs it, and leaves a process behind that ignores signals. */
  | { readonly kind: 'wild'; readonly ms: number }
  /** Asks a person. */
  | { readonly kind: 'ask'; readonly ms: number };

export interface TaskSpec {
  /** Places of earlier tasks in the mission. */
  readonly dependsOn: readonly number[];
  readonly behaviour: Behaviour;
  /** Which of the crew's agents. */
  readonly agent: number;
  readonly maxIterations: number | null;
  /** What must have become of it once its mission is settled, whatever was killed meanwhile. */
  readonly expected: { readonly status: 'COMPLETED' | 'FAILED'; readonly attempts: number; readonly lost: number };
}

export interface MissionSpec {
  readonly title: string;
  readonly crew: number;
  readonly tasks: readonly TaskSpec[];
  readonly expectedStatus: 'REVIEW' | 'FAILED';
}

const SHAPES: Readonly<Record<string, (place: number, size: number, random: Random) => readonly number[]>> = {
  chain: (place) => (place === 0 ? [] : [place - 1]),
  'two chains': (place) => (place < 2 ? [] : [place - 2]),
  fan: (place, size) => {
    if (place === 0) return [];
    return place < size - 1 ? [0] : Array.from({ length: size - 2 }, (_, index) => index + 1);
  },
  // Layers of three; each task needs the whole layer before it.
  layers: (place) => {
    const layer = Math.floor(place / 3);
    return layer === 0 ? [] : [0, 1, 2].map((index) => (layer - 1) * 3 + index);
  },
  random: (place, _size, random) =>
    random
      .shuffled(Array.from({ length: place }, (_, index) => index))
      .slice(0, random.integer(0, 2))
      .sort((one, other) => one - other),
};

const MAX_ITERATIONS: Readonly<Record<Behaviour['kind'], number | null>> = {
  work: null,
  retry: 3,
  fail: 2,
  wild: null,
  ask: null,
};
const ATTEMPTS: Readonly<Record<Behaviour['kind'], number>> = { work: 1, retry: 2, fail: 2, wild: 1, ask: 1 };
const SHORTEST_WORK_MS = 100;
const LONGEST_WORK_MS = 2_000;

/** Missions of all shapes with all behaviours. One in five has a task that fails for good. */
export function planMissions(
  random: Random,
  size: { missions: number; tasks: number; crews: number; agents: number },
): readonly MissionSpec[] {
  const shapes = Object.entries(SHAPES);
  return Array.from({ length: size.missions }, (_, number) => {
    const [shape, dependencies] = shapes[number % shapes.length]!;
    const failing = number % 5 === 3 ? random.integer(Math.floor(size.tasks / 2), size.tasks - 1) : undefined;
    const tasks: TaskSpec[] = [];
    for (let place = 0; place < size.tasks; place += 1) {
      const dependsOn = dependencies(place, size.tasks, random);
      const hopeless = dependsOn.some((earlier) => tasks[earlier]!.expected.status === 'FAILED');
      const behaviour = planBehaviour(random, place === failing);
      const { kind } = behaviour;
      tasks.push({
        dependsOn,
        behaviour,
        agent: random.integer(0, size.agents - 1),
        maxIterations: MAX_ITERATIONS[kind],
        expected: {
          status: hopeless || kind === 'fail' ? 'FAILED' : 'COMPLETED',
          attempts: hopeless ? 0 : ATTEMPTS[kind],
          lost: 0,
        },
      });
    }
    return {
      title: `${shape} ${number + 1}`,
      crew: number % size.crews,
      tasks,
      expectedStatus: tasks.some((task) => task.expected.status === 'FAILED') ? 'FAILED' : 'REVIEW',
    };
  });
}

function planBehaviour(random: Random, failing: boolean): Behaviour {
  const ms = Math.round(random.between(SHORTEST_WORK_MS, LONGEST_WORK_MS));
  if (failing) return { kind: 'fail', ms };
  const dice = random.between(0, 1);
  if (dice < 0.08) return { kind: 'retry', ms };
  if (dice < 0.14) return { kind: 'wild', ms };
  if (dice < 0.22) return { kind: 'ask', ms };
  return { kind: 'work', ms };
}
