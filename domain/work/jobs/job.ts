import type { JsonObject } from '../../kernel/json/json-value.ts';
import type { JobHealth, JobStatus } from './job-status.ts';

/** A job as commands and effects have it: never what it was asked for, or what came of it. */
export interface JobRow {
  readonly id: string;
  readonly workspace_id: string;
  readonly kind: string;
  readonly driver: 'job' | 'own';
  readonly status: JobStatus;
  readonly generation: number;
  readonly subject_type: string | null;
  readonly subject_id: string | null;
  readonly project_id: string | null;
  readonly parent_id: string | null;
  readonly step: string | null;
  readonly progress_step: number;
  readonly progress_total: number;
  readonly error_code: string | null;
  readonly created_by: string | null;
  readonly event_seq: number;
}

/** A job as callers see it: docs/contracts/jobs.md. */
export interface JobView {
  readonly id: string;
  readonly kind: string;
  readonly status: JobStatus;
  readonly health: JobHealth;
  readonly progress: {
    readonly step: number;
    readonly total: number;
    readonly percent: number | null;
    readonly message: string | null;
  };
  readonly subject: { readonly type: string; readonly id: string } | null;
  readonly project_id: string | null;
  readonly parent_id: string | null;
  readonly result: JsonObject | null;
  readonly error: { readonly code: string; readonly detail: string | null } | null;
  readonly attempt: number;
  readonly created_by: string | null;
  readonly created_at: string;
  readonly run_at: string | null;
  readonly started_at: string | null;
  readonly heartbeat_at: string | null;
  readonly deadline_at: string | null;
  readonly cancel_requested_at: string | null;
  readonly finished_at: string | null;
}

/** What happened to a job. */
export const JOB_EVENT_TYPES = [
  'queued',
  'started',
  'progress',
  'waiting',
  'resumed',
  'cancelling',
  'completed',
  'failed',
  'cancelled',
  'lost',
] as const;
export type JobEventType = (typeof JOB_EVENT_TYPES)[number];

export interface JobEventView {
  readonly seq: number;
  readonly type: JobEventType;
  readonly actor: { readonly type: string; readonly id: string | null };
  readonly message: string | null;
  readonly data: JsonObject;
  readonly created_at: string;
}

/** The time of a job that a deadline ended. */
export const DEADLINE_PASSED = 'deadline_passed';
