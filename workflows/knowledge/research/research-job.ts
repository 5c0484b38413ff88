import type { ResearchActivities } from '../../../activities/knowledge/research/research-activities.ts';
import type { researchJob } from '../../../domain/knowledge/research/research-job.ts';
import { defineJobProgram } from '../../work/jobs/job-program.ts';

/** Finds, fetches and judges pages, then waits for people, and takes in what they approve of as they do. */
export const researchProgram = defineJobProgram<typeof researchJob>({
  steps: {
    plan: (job) => job.activities<ResearchActivities>().planResearch(job.address),
    search: (job) => job.activities<ResearchActivities>().searchWeb(job.address),
    fetch: (job) => job.activities<ResearchActivities>().fetchPages(job.address),
    judge: (job) => job.activities<ResearchActivities>().judgePages(job.address),
    decide: (job) => job.activities<ResearchActivities>().ingestApprovedPages(job.address),
  },
});
