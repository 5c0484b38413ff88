import { isTerminalTask, satisfiesDependants, type TaskStatus } from '../missions/task-status.ts';

export interface TaskToFork {
  readonly id: string;
  readonly status: TaskStatus;
  readonly dependsOn: readonly string[];
  readonly createdAtMs: number;
  readonly completedAtMs: number | null;
}

export interface ForkedTask {
  readonly id: string;
  readonly status: TaskStatus;
  /** Copied with its result, or as work that has not begun. */
  readonly keepsResult: boolean;
  readonly dependsOn: readonly string[];
}

/**
 * A mission's tasks as they were at a checkpoint. A task that had ended by then, and has not been run again since,
 * keeps status and result. Every other one has not begun: PENDING, or BLOCKED while something it depends on is open,
 * since a copy has no attempt that could go on and no approval that could be decided. Tasks added since are left out.
 */
export function forkTasks(
  tasks: readonly TaskToFork[],
  checkpoint: { readonly createdAtMs: number; readonly pendingTasks: readonly string[] },
): ForkedTask[] {
  const pending = new Set(checkpoint.pendingTasks);
  const there = tasks.filter((task) => task.createdAtMs <= checkpoint.createdAtMs);
  const ended = (task: TaskToFork): boolean =>
    isTerminalTask(task.status) &&
    !pending.has(task.id) &&
    (task.completedAtMs === null || task.completedAtMs <= checkpoint.createdAtMs);
  const statuses = new Map(there.map((task) => [task.id, ended(task) ? task.status : ('PENDING' as const)]));
  return there.map((task) => {
    const dependsOn = task.dependsOn.filter((id) => statuses.has(id));
    const keepsResult = ended(task);
    const blocked = dependsOn.some((id) => !satisfiesDependants(statuses.get(id)!));
    return { id: task.id, status: keepsResult ? task.status : blocked ? 'BLOCKED' : 'PENDING', keepsResult, dependsOn };
  });
}
