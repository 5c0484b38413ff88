import type { TestTask } from './test-crew.ts';

/** Tasks in layers, each of which depends on `fanIn` tasks of the layer before it; agents take turns. */
export function layeredTasks(options: {
  width: number;
  depth: number;
  fanIn: number;
  agents: readonly string[];
}): Record<string, TestTask> {
  const { width, depth, fanIn, agents } = options;
  const tasks: Record<string, TestTask> = {};
  for (let layer = 0; layer < depth; layer += 1) {
    for (let place = 0; place < width; place += 1) {
      const before = Array.from({ length: fanIn }, (_, next) => `${layer - 1}/${(place + next) % width}`);
      tasks[`${layer}/${place}`] = {
        agent: agents[(layer + place) % agents.length]!,
        dependsOn: layer === 0 ? [] : before,
      };
    }
  }
  return tasks;
}
