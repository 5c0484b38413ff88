import type { IngestActivities } from '../../../activities/knowledge/files/ingest-activities.ts';
import { DOCUMENTS_TASK_QUEUE } from '../../../domain/knowledge/files/documents-queue.ts';
import type { ingestJob, reingestJob } from '../../../domain/knowledge/files/ingest-jobs.ts';
import { defineJobProgram, type JobAtStep } from '../../work/jobs/job-program.ts';

const reading = (job: JobAtStep) => job.activities<IngestActivities>({ taskQueue: DOCUMENTS_TASK_QUEUE });

/** Reads the file, then puts what it says in the place of what there is. */
export const ingestProgram = defineJobProgram<typeof ingestJob>({
  steps: {
    extract: (job) => reading(job).extractFile(job.address),
    index: (job) => job.activities<IngestActivities>().indexFile(job.address),
  },
});

/** Reads one file after the other. */
export const reingestProgram = defineJobProgram<typeof reingestJob>({
  steps: { read: (job) => reading(job).readNextFile(job.address) },
});
