import type { JsonObject } from '../../kernel/json/json-value.ts';
import { CrewshipError } from '../../kernel/errors/crewship-error.ts';
import type { Task } from '../missions/mission.ts';
import type { TaskStatus } from '../missions/task-status.ts';

export const TASK_PRIORITIES = ['none', 'low', 'medium', 'high', 'urgent'] as const;
export type TaskPriority = (typeof TASK_PRIORITIES)[number];

export const REVIEW_STATUSES = ['none', 'requested', 'approved', 'rework', 'blocked'] as const;
export type ReviewStatus = (typeof REVIEW_STATUSES)[number];

/** A task as `/tasks` shows it, of a mission or of none: docs/contracts/tasks.md. */
export interface ManagedTask extends Omit<Task, 'mission_id'> {
  readonly mission_id: string | null;
  readonly project_id: string | null;
  readonly issue_id: string | null;
  readonly crew_id: string | null;
  readonly priority: TaskPriority;
  /** YYYY-MM-DD. */
  readonly due_date: string | null;
  readonly reviewer_id: string | null;
  readonly review: {
    readonly status: ReviewStatus;
    readonly by: string | null;
    readonly at: string | null;
    readonly note: string | null;
  };
  readonly labels: readonly string[];
  readonly auto_start: boolean;
  readonly job_id: string | null;
  readonly created_by: string | null;
  readonly version: number;
}

/** What happened to a task, or what somebody said of it. */
export interface TaskEvent {
  readonly seq: number;
  readonly type: string;
  readonly actor: { readonly type: string; readonly id: string | null };
  readonly message: string | null;
  readonly data: JsonObject;
  readonly created_at: string;
}

/** Moves that people make of a task that no mission owns: docs/contracts/tasks.md, States. */
const BY_HAND: Readonly<Record<TaskStatus, readonly TaskStatus[]>> = {
  PENDING: ['IN_PROGRESS', 'SKIPPED', 'CANCELLED'],
  BLOCKED: ['PENDING', 'SKIPPED', 'CANCELLED'],
  IN_PROGRESS: ['COMPLETED', 'AWAITING_APPROVAL', 'FAILED', 'SKIPPED', 'CANCELLED'],
  AWAITING_APPROVAL: [],
  COMPLETED: [],
  FAILED: [],
  SKIPPED: [],
  CANCELLED: [],
};

export function canMoveByHand(from: TaskStatus, to: TaskStatus): boolean {
  return BY_HAND[from].includes(to);
}

/** From where a task is tried once more. */
export const RETRYABLE: readonly TaskStatus[] = ['FAILED', 'SKIPPED', 'CANCELLED'];

/** Words of other trackers for some states. */
export const STATUS_ALIASES: Readonly<Record<string, TaskStatus>> = {
  TODO: 'PENDING',
  DONE: 'COMPLETED',
  IN_REVIEW: 'AWAITING_APPROVAL',
};

/** Refuses one more iteration than the task may have. Without a limit people decide. */
export function refuseExhausted(task: { readonly iteration: number; readonly max_iterations: number | null }): void {
  if (task.max_iterations === null || task.iteration < Math.max(1, task.max_iterations)) return;
  throw new CrewshipError('conflict', 'the task has had all its iterations', {
    extensions: { reason: 'iterations_exhausted', iteration: task.iteration },
  });
}

/** What a mission does with its tasks is the mission's to decide. */
export function missionOwned(missionId: string): CrewshipError {
  return new CrewshipError('conflict', 'the task is its mission’s, which moves it', {
    extensions: { reason: 'mission_owned', mission_id: missionId },
  });
}
