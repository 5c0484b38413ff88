import type { WorkflowKind } from '../../kernel/outbox/outbox-command.ts';
import { evalJob } from '../../evidence/eval/eval-job.ts';

/**
 * The workflows that take jobs' steps. They are one function: a kind whose workflows are told apart by a name of their
 * own has it as another.
 */
export const JOB_WORKFLOWS = ['job', 'eval'] as const satisfies readonly WorkflowKind[];
export type JobWorkflowKind = (typeof JOB_WORKFLOWS)[number];

/** Which of them takes the steps of jobs of this kind. */
export function jobWorkflowKind(jobKind: string): JobWorkflowKind {
  return jobKind === evalJob.name ? 'eval' : 'job';
}
