import type { JobStatus } from './job-status.ts';

/** What a job's workflow does next. */
export type JobWorkflowStep = { readonly status: JobStatus | 'gone' } & (
  | { readonly kind: 'closed' }
  /** The job’s time has not come. */
  | { readonly kind: 'later'; readonly jobKind: string; readonly wakeInMs: number }
  /** Take this step. The job's time is up in `timeLeftMs`. */
  | { readonly kind: 'step'; readonly jobKind: string; readonly step: string; readonly timeLeftMs: number }
  /** The job is to end: whatever the steps have left is undone. */
  | { readonly kind: 'undo'; readonly jobKind: string }
);

/** How a step ended: `again` takes it once more, `wait` when the job is told of something. */
export type StepOutcome = 'done' | 'again' | 'wait';
