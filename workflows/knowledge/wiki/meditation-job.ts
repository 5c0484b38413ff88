import type { MeditationActivities } from '../../../activities/knowledge/wiki/meditation-activities.ts';
import type { meditationJob } from '../../../domain/knowledge/wiki/meditation-job.ts';
import { defineJobProgram } from '../../work/jobs/job-program.ts';

export const meditationProgram = defineJobProgram<typeof meditationJob>({
  steps: {
    lint: (job) => job.activities<MeditationActivities>().lintEntries(job.address),
    propose: (job) => job.activities<MeditationActivities>().proposeLinks(job.address),
    conclude: (job) => job.activities<MeditationActivities>().concludeMeditation(job.address),
  },
});
