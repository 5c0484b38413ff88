import type { ResealActivities } from '../../../activities/vault/credentials/reseal-activities.ts';
import type { resealJob } from '../../../domain/vault/credentials/reseal-job.ts';
import { defineJobProgram } from '../../work/jobs/job-program.ts';

/** One step: what is sealed by now needs no second time. */
export const resealProgram = defineJobProgram<typeof resealJob>({
  steps: { seal: (job) => job.activities<ResealActivities>().resealWorkspace(job.address) },
});
