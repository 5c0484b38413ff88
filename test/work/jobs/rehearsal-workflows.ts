import type { StepOutcome } from '../../../domain/work/jobs/job-step.ts';
import { defineJobProgram, type JobAtStep } from '../../../workflows/work/jobs/job-program.ts';
import { createJobWorkflow } from '../../../workflows/work/jobs/job-workflow.ts';
import type { RehearsalActivities } from './rehearsal-activities.ts';
import type { rehearsalJob } from './rehearsal-kind.ts';

const activities = (job: Pick<JobAtStep, 'activities'>) =>
  job.activities<RehearsalActivities>({ retry: { initialInterval: '100ms', maximumAttempts: 3 } });

const rehearsal = defineJobProgram<typeof rehearsalJob>({
  steps: {
    prepare: (job) => activities(job).prepare(job.address),
    work: async (job): Promise<StepOutcome> => ((await activities(job).work(job.address)) ? 'again' : 'done'),
    approve: async (job): Promise<StepOutcome> => ((await activities(job).isApproved(job.address)) ? 'done' : 'wait'),
    publish: (job) => activities(job).publish(job.address),
  },
  undo: (job) => activities(job).undo(job.address),
});

export const jobWorkflow = createJobWorkflow({ 'test.rehearsal': rehearsal });
