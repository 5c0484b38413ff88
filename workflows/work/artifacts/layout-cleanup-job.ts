import type { LayoutCleanupActivities } from '../../../activities/work/artifacts/layout-cleanup-activities.ts';
import type { layoutCleanupJob } from '../../../domain/work/artifacts/layout-cleanup-job.ts';
import { defineJobProgram } from '../../work/jobs/job-program.ts';

export const layoutCleanupProgram = defineJobProgram<typeof layoutCleanupJob>({
  steps: { tidy: (job) => job.activities<LayoutCleanupActivities>().tidyArtifact(job.address) },
});
