import type { JsonObject } from '../../kernel/json/json-value.ts';
import type { MissionStatus } from './mission-status.ts';
import type { TaskStatus } from './task-status.ts';

/** How many of a mission's tasks are in each state. */
export type TaskStats = { readonly total: number } & { readonly [Status in Lowercase<TaskStatus>]: number };

export interface MissionPlanning {
  /** 2: the first plan was refused. */
  readonly iteration: number;
  readonly run_id: string | null;
  /** Why the first plan was refused. */
  readonly problems: readonly string[];
}

/** A mission as the public API shows it (docs/contracts/missions.md, Mission rules). */
/** What people call a mission: `MIS-` and its number in its workspace. No id has this form. */
export const MISSION_IDENTIFIER = /^MIS-[1-9][0-9]{0,8}$/;
export const MISSION_PREFIX = 'MIS';

/** The number of a {@link MISSION_IDENTIFIER}. */
export function missionNumber(identifier: string): number {
  return Number(identifier.slice(MISSION_PREFIX.length + 1));
}

export interface Mission {
  readonly id: string;
  readonly identifier: string;
  readonly workspace_id: string;
  readonly crew_id: string;
  readonly lead_agent_id: string;
  readonly lead_agent_name: string;
  readonly lead_agent_slug: string;
  readonly trace_id: string;
  readonly title: string;
  readonly description: string | null;
  readonly status: MissionStatus;
  readonly plan: string | null;
  readonly workflow_template: string | null;
  readonly timeout_seconds: number;
  readonly total_token_count: number;
  /** US dollars, from micro-dollars: six decimals at most. */
  readonly total_estimated_cost: number;
  readonly failure_reason: string | null;
  /** The lead's plan under way, or the one that failed; null when the mission has its tasks. */
  readonly planning: MissionPlanning | null;
  readonly paused_at: string | null;
  /** What it waits for altogether; null: for nothing but its tasks. */
  readonly waiting_for: {
    readonly kind: 'clock';
    readonly detail: 'workspace_paused' | 'crew_paused' | 'mission_paused';
    readonly since: string;
  } | null;
  /** When the mission fails for lack of time; null unless IN_PROGRESS. */
  readonly deadline_at: string | null;
  /** Since when its time does not count; the deadline moves on by that long when the clock runs again. */
  readonly clock_stopped_at: string | null;
  readonly started_at: string | null;
  readonly completed_at: string | null;
  readonly created_at: string;
  readonly updated_at: string;
  readonly task_stats: TaskStats;
  /** Only when asked for. */
  readonly tasks?: readonly Task[];
}

/** A task of a mission as the public API shows it (docs/contracts/missions.md, Task states). */
export interface Task {
  readonly id: string;
  readonly mission_id: string;
  readonly assigned_agent_id: string | null;
  readonly agent_name: string | null;
  readonly agent_slug: string | null;
  readonly title: string;
  readonly description: string | null;
  readonly status: TaskStatus;
  readonly task_order: number;
  /** Ids as a JSON array in a string. */
  readonly depends_on: string;
  readonly iteration: number;
  readonly max_iterations: number | null;
  readonly run_id: string | null;
  readonly assignment_id: string | null;
  readonly result_summary: string | null;
  readonly output_path: string | null;
  readonly error_message: string | null;
  readonly error_code: string | null;
  readonly token_count: number;
  /** US dollars, from micro-dollars. */
  readonly estimated_cost: number;
  readonly started_at: string | null;
  readonly completed_at: string | null;
  readonly duration_ms: number | null;
  readonly confidence: number | null;
  readonly needs_review: boolean;
  readonly handoff_context: JsonObject | null;
  readonly evaluation_status: string | null;
  readonly evaluation_notes: string | null;
  readonly approval_required: boolean;
  readonly approval_status: string | null;
  readonly approved_by: string | null;
  readonly approved_at: string | null;
  readonly created_at: string;
  readonly updated_at: string;
}

const MICROS_PER_DOLLAR = 1_000_000;

/** Micro-dollars as the dollars that missions show. */
export function dollarsFromMicros(micros: number): number {
  return micros / MICROS_PER_DOLLAR;
}

/** Dollars as a caller gives them, to the nearest micro-dollar. */
export function microsFromDollars(dollars: number): number {
  return Math.round(dollars * MICROS_PER_DOLLAR);
}

/** Most tasks a mission may have: what one transaction can start, cancel or copy in about a second. */
export const MAX_TASKS_PER_MISSION = 5_000;

/** Most tasks that one task may depend on. */
export const MAX_DEPENDENCIES_PER_TASK = 500;

/**
 * Most tasks that the answer about a mission carries, and that a mission in a list carries; all are listed by pages.
 */
export const TASKS_SHOWN = 500;
export const TASKS_SHOWN_IN_LIST = 100;

const MAX_TITLE_LENGTH = 500;

/** A mission's title, cut by whole characters so that as many more fit with it. */
export function cutTitle(title: string, roomFor: number): string {
  return Array.from(title)
    .slice(0, MAX_TITLE_LENGTH - roomFor)
    .join('');
}
