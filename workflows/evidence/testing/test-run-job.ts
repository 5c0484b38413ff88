import type { TestingActivities } from '../../../activities/evidence/testing/testing-activities.ts';
import type { testRunJob } from '../../../domain/evidence/testing/test-run-job.ts';
import { defineJobProgram } from '../../work/jobs/job-program.ts';

/** Plays scenarios turn by turn, each of which tells it when it is over. */
export const testRunProgram = defineJobProgram<typeof testRunJob>({
  steps: {
    play: (job) => job.activities<TestingActivities>().playScenarios(job.address),
    conclude: (job) => job.activities<TestingActivities>().concludeTestRun(job.address),
  },
  undo: (job) => job.activities<TestingActivities>().cancelTestRun(job.address),
});
