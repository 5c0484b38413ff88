/** Where a task may be (docs/contracts/missions.md, Task states). CANCELLED: its mission ended before it. */
export const TASK_STATUSES = [
  'PENDING',
  'BLOCKED',
  'IN_PROGRESS',
  'AWAITING_APPROVAL',
  'COMPLETED',
  'FAILED',
  'SKIPPED',
  'CANCELLED',
] as const;
export type TaskStatus = (typeof TASK_STATUSES)[number];

/** How many tasks are in each state. */
export type TaskCounts = Readonly<Record<TaskStatus, number>>;

const PATCHABLE: Readonly<Record<TaskStatus, readonly TaskStatus[]>> = {
  PENDING: ['IN_PROGRESS', 'SKIPPED'],
  BLOCKED: ['PENDING', 'SKIPPED'],
  IN_PROGRESS: ['COMPLETED', 'FAILED', 'SKIPPED'],
  AWAITING_APPROVAL: [],
  COMPLETED: [],
  FAILED: [],
  SKIPPED: [],
  CANCELLED: [],
};

export function canPatchTask(from: TaskStatus, to: TaskStatus): boolean {
  return PATCHABLE[from].includes(to);
}

export function isTerminalTask(status: TaskStatus): boolean {
  return status === 'COMPLETED' || status === 'FAILED' || status === 'SKIPPED' || status === 'CANCELLED';
}

/** A dependency in one of these lets its dependants go on. */
export function satisfiesDependants(status: TaskStatus): boolean {
  return status === 'COMPLETED' || status === 'SKIPPED';
}
