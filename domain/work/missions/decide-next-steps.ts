import type { MissionStatus } from './mission-status.ts';
import { isTerminalTask, satisfiesDependants, TASK_STATUSES, type TaskCounts, type TaskStatus } from './task-status.ts';

export interface MissionView {
  readonly status: MissionStatus;
  readonly pausedAtMs: number | null;
  readonly deadlineAtMs: number | null;
  /** Since when its time does not count (paused, or waiting for people only); null while the clock runs. */
  readonly clockStoppedAtMs: number | null;
  /** See the column of the same name: all tasks terminal ends the mission only when armed. */
  readonly settleArmed: boolean;
  /** The lead's plan: `open` keeps the mission from ending, `failed` ends it. Absent: it has its tasks. */
  readonly planning?: 'open' | 'failed' | null;
}

export interface TaskView {
  readonly id: string;
  readonly status: TaskStatus;
  /** One that is not among the tasks counts as failed. */
  readonly dependsOn: readonly string[];
  /** The attempt under way, queued or running; null when the task has none. */
  readonly runId: string | null;
  readonly retryAtMs: number | null;
}

export type FailureReason = 'tasks_failed' | 'deadlock' | 'timeout' | 'planning_failed';

export interface NextSteps {
  /** BLOCKED → PENDING. */
  readonly unblock: readonly string[];
  /** Not terminal, and a dependency can no longer be satisfied: → FAILED. */
  readonly failCascade: readonly string[];
  /** PENDING without an attempt, due now: gets one. */
  readonly dispatch: readonly string[];
  /** The mission's own end, once the above is done. */
  readonly settle: { readonly to: 'REVIEW' } | { readonly to: 'FAILED'; readonly reason: FailureReason } | null;
  /** When to look again without being told; null: only when told. */
  readonly wakeAtMs: number | null;
}

const NO_TASKS = Object.fromEntries(TASK_STATUSES.map((status) => [status, 0])) as TaskCounts;
const NOTHING: NextSteps = { unblock: [], failCascade: [], dispatch: [], settle: null, wakeAtMs: null };

/**
 * What a mission does next: the whole engine as one pure function of its rows and the clock. Running it twice on the
 * same rows decides the same; running it on the rows it changed decides nothing more.
 *
 * Of a large mission the engine passes only the tasks that a step can move (`db/work/missions/read-frontier.ts`) and
 * counts of the `others`; what is decided is the same as for all of them.
 */
export function decideNextSteps(
  mission: MissionView,
  tasks: readonly TaskView[],
  nowMs: number,
  others: TaskCounts = NO_TASKS,
): NextSteps {
  if (mission.status !== 'IN_PROGRESS') return NOTHING;
  // Stopping the clock of a mission whose time was up before does not save it.
  if (mission.deadlineAtMs !== null && mission.deadlineAtMs <= (mission.clockStoppedAtMs ?? nowMs)) {
    return { ...NOTHING, settle: { to: 'FAILED', reason: 'timeout' } };
  }
  if (mission.planning === 'failed') return { ...NOTHING, settle: { to: 'FAILED', reason: 'planning_failed' } };
  const status = new Map<string, TaskStatus>(tasks.map((task) => [task.id, task.status]));
  const failCascade = cascade(tasks, status);
  const unblock: string[] = [];
  for (const task of tasks) {
    if (status.get(task.id) !== 'BLOCKED') continue;
    if (task.dependsOn.every((id) => satisfiesDependants(status.get(id) ?? 'FAILED'))) {
      unblock.push(task.id);
      status.set(task.id, 'PENDING');
    }
  }
  const dispatch: string[] = [];
  let wakeAtMs = mission.clockStoppedAtMs === null ? mission.deadlineAtMs : null;
  if (mission.pausedAtMs === null) {
    for (const task of tasks) {
      if (status.get(task.id) !== 'PENDING' || task.runId !== null) continue;
      if (task.retryAtMs !== null && task.retryAtMs > nowMs)
        wakeAtMs = Math.min(wakeAtMs ?? task.retryAtMs, task.retryAtMs);
      else dispatch.push(task.id);
    }
  }
  return {
    unblock,
    failCascade,
    dispatch,
    settle: settlement(mission, countAll(status, others), failCascade.length > 0),
    wakeAtMs,
  };
}

/** Tasks that can never run because one they depend on failed or was cancelled, directly or through others. */
function cascade(tasks: readonly TaskView[], status: Map<string, TaskStatus>): string[] {
  const dependants = new Map<string, TaskView[]>();
  for (const task of tasks) {
    for (const id of task.dependsOn) {
      const list = dependants.get(id);
      if (list === undefined) dependants.set(id, [task]);
      else list.push(task);
    }
  }
  const failed: string[] = [];
  const hopeless = (id: string) => {
    const dependency = status.get(id);
    return dependency === undefined || dependency === 'FAILED' || dependency === 'CANCELLED';
  };
  const fail = (first: TaskView) => {
    const queue = [first];
    for (let task = queue.pop(); task !== undefined; task = queue.pop()) {
      const current = status.get(task.id)!;
      if ((current !== 'BLOCKED' && current !== 'PENDING') || task.runId !== null) continue;
      status.set(task.id, 'FAILED');
      failed.push(task.id);
      queue.push(...(dependants.get(task.id) ?? []));
    }
  };
  for (const task of tasks) if (task.dependsOn.some(hopeless)) fail(task);
  return failed;
}

function countAll(status: ReadonlyMap<string, TaskStatus>, others: TaskCounts): TaskCounts {
  const counts = { ...others };
  for (const value of status.values()) counts[value] += 1;
  return counts;
}

function settlement(mission: MissionView, counts: TaskCounts, transitioned: boolean): NextSteps['settle'] {
  if (mission.planning === 'open') return null;
  const open = TASK_STATUSES.filter((status) => counts[status] > 0 && !isTerminalTask(status));
  if (open.length > 0)
    return open.every((status) => status === 'BLOCKED') ? { to: 'FAILED', reason: 'deadlock' } : null;
  if (!mission.settleArmed && !transitioned) return null;
  return counts.FAILED + counts.CANCELLED > 0 ? { to: 'FAILED', reason: 'tasks_failed' } : { to: 'REVIEW' };
}
