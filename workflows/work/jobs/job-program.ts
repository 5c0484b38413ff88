import { ActivityCancellationType, type ActivityOptions, proxyActivities } from '@temporalio/workflow';
import type { JobKind } from '../../../domain/kernel/jobs/job-kind.ts';
import type { WorkflowAddress } from '../../../domain/kernel/outbox/outbox-command.ts';
import type { StepOutcome } from '../../../domain/work/jobs/job-step.ts';

/** A job as one of its steps has it: where its row is, and how long it may take. Everything else is read there. */
export interface JobAtStep {
  readonly address: WorkflowAddress;
  /** Until the job's time is up. */
  readonly timeLeftMs: number;
  /**
   * Activities that work on the job. One that fails is tried again, ten times unless `options` say otherwise, and is
   * known to be lost within seconds as it heartbeats (`whileAtWork`). The step's cancellation waits until it has
   * stopped.
   */
  activities<Activities>(options?: JobActivityOptions): ReturnType<typeof proxyActivities<Activities>>;
}

export type JobActivityOptions = Pick<ActivityOptions, 'taskQueue' | 'retry' | 'priority' | 'startToCloseTimeout'>;

/**
 * A step of a job. What it has done is in rows when it returns, so it may be taken again by another attempt from its
 * beginning: it looks at what is there first. Nothing returned is `done`.
 *
 * - `done`: on to the next step.
 * - `again`: the same step once more; between two of them the workflow may continue as new. For work in batches.
 * - `wait`: the same step when the job is told of something (`tellJob`). For what people, or other rows, have to do
 * first:
 *   such a step looks whether that is done, and does nothing else.
 */
export type JobStep = (job: JobAtStep) => Promise<StepOutcome | void>;

/** How a kind of job is carried out. */
export interface JobProgram<Step extends string = string> {
  readonly steps: Readonly<Record<Step, JobStep>>;
  /** Removes what steps have left when the job was cancelled, or its time was up. May be called again. */
  readonly undo?: (job: Pick<JobAtStep, 'address' | 'activities'>) => Promise<void>;
}

/** The program of a kind: a step too many or too few does not compile. */
export function defineJobProgram<Kind extends JobKind>(program: JobProgram<Kind['steps'][number]>): JobProgram {
  return program;
}

/** How long after the job's own time an activity is ended from outside: the row ends it before. */
const SLACK_MS = 60_000;

export function jobAtStep(address: WorkflowAddress, timeLeftMs: number): JobAtStep {
  return {
    address,
    timeLeftMs,
    activities: <Activities>(options: JobActivityOptions = {}) =>
      proxyActivities<Activities>({
        startToCloseTimeout: timeLeftMs + SLACK_MS,
        // As long as a killed worker's workflows are kept for it: what its activity's next try ends is then taken up at
        // once.
        heartbeatTimeout: '10s',
        cancellationType: ActivityCancellationType.WAIT_CANCELLATION_COMPLETED,
        retry: { initialInterval: '200ms', backoffCoefficient: 2, maximumInterval: '30s', maximumAttempts: 10 },
        ...options,
      }),
  };
}
