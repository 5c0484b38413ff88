import type { AnswerCheckActivities } from '../../../activities/work/pipeline/answer-check-activities.ts';
import type { answerCheckJob } from '../../../domain/work/pipeline/answer-check-job.ts';
import { defineJobProgram } from '../jobs/job-program.ts';

/** Validates an answer, then puts it before people where that is wanted. */
export const answerCheckProgram = defineJobProgram<typeof answerCheckJob>({
  steps: {
    validate: (job) => job.activities<AnswerCheckActivities>().validateAnswer(job.address),
    review: (job) => job.activities<AnswerCheckActivities>().reviewAnswer(job.address),
  },
});
