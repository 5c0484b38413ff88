import type { GapActivities } from '../../../activities/evidence/gaps/gap-activities.ts';
import type { gapReportJob } from '../../../domain/evidence/gaps/gap-report-job.ts';
import { defineJobProgram } from '../../work/jobs/job-program.ts';

export const gapReportProgram = defineJobProgram<typeof gapReportJob>({
  steps: { collect: (job) => job.activities<GapActivities>().collectGaps(job.address) },
});
