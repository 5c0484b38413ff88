import type { ScaffoldActivities } from '../../../activities/work/projects/scaffold-activities.ts';
import type { scaffoldJob } from '../../../domain/work/projects/scaffold-job.ts';
import { defineJobProgram } from '../../work/jobs/job-program.ts';

/** Plans what is put into a project, then makes it. */
export const scaffoldProgram = defineJobProgram<typeof scaffoldJob>({
  steps: {
    plan: (job) => job.activities<ScaffoldActivities>().planScaffold(job.address),
    make: (job) => job.activities<ScaffoldActivities>().makeScaffold(job.address),
  },
});
