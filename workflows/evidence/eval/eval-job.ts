import type { EvalActivities } from '../../../activities/evidence/eval/eval-activities.ts';
import { EVAL_BUDGET_MS } from '../../../domain/evidence/eval/eval-run.ts';
import type { evalJob } from '../../../domain/evidence/eval/eval-job.ts';
import { defineJobProgram, type JobAtStep } from '../../work/jobs/job-program.ts';

/** The activity ends itself when the time that it may be worked on is up. */
const activities = (job: Pick<JobAtStep, 'activities'>) =>
  job.activities<EvalActivities>({ startToCloseTimeout: EVAL_BUDGET_MS + 60_000 });

/** Reads one mission after the other, each as one step that is taken again from its beginning, then compares. */
export const evalProgram = defineJobProgram<typeof evalJob>({
  steps: {
    begin: (job) => activities(job).beginEval(job.address),
    measure: async (job) => ((await activities(job).measureEval(job.address)) ? 'again' : 'done'),
    conclude: (job) => activities(job).concludeEval(job.address),
  },
});
