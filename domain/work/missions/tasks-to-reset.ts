import type { TaskStatus } from './task-status.ts';

export interface ResettableTask {
  readonly id: string;
  readonly status: TaskStatus;
  readonly dependsOn: readonly string[];
}

/**
 * What resuming a failed mission does again: what failed, was cancelled by that failure or waited for approval, and
 * everything that depends on one of those, directly or through others. Empty when nothing of the kind is there.
 */
export function tasksToReset(tasks: readonly ResettableTask[]): string[] {
  const dependants = new Map<string, string[]>();
  for (const task of tasks) {
    for (const id of task.dependsOn) dependants.set(id, [...(dependants.get(id) ?? []), task.id]);
  }
  const reset = new Set<string>();
  const queue = tasks
    .filter(({ status }) => status === 'FAILED' || status === 'CANCELLED' || status === 'AWAITING_APPROVAL')
    .map(({ id }) => id);
  for (let id = queue.pop(); id !== undefined; id = queue.pop()) {
    if (reset.has(id)) continue;
    reset.add(id);
    queue.push(...(dependants.get(id) ?? []));
  }
  return tasks.filter(({ id }) => reset.has(id)).map(({ id }) => id);
}
