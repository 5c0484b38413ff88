import type { EvalSuiteActivities } from '../../../activities/evidence/eval/eval-suite-activities.ts';
import type { evalSuiteJob } from '../../../domain/evidence/eval/eval-suite-job.ts';
import { defineJobProgram } from '../../work/jobs/job-program.ts';

/** Waits for the evaluations, each of which tells it when it is over. */
export const evalSuiteProgram = defineJobProgram<typeof evalSuiteJob>({
  steps: {
    await: async (job) =>
      (await job.activities<EvalSuiteActivities>().areSuiteEvalsOver(job.address)) ? 'done' : 'wait',
    conclude: (job) => job.activities<EvalSuiteActivities>().concludeSuiteRun(job.address),
  },
  undo: (job) => job.activities<EvalSuiteActivities>().cancelSuiteEvals(job.address),
});
