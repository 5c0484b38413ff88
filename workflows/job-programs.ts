import { evalJob } from '../domain/evidence/eval/eval-job.ts';
import { evalSuiteJob } from '../domain/evidence/eval/eval-suite-job.ts';
import { testRunJob } from '../domain/evidence/testing/test-run-job.ts';
import { testRunProgram } from './evidence/testing/test-run-job.ts';
import { answerCheckJob } from '../domain/work/pipeline/answer-check-job.ts';
import { answerCheckProgram } from './work/pipeline/answer-check-job.ts';
import { gapReportJob } from '../domain/evidence/gaps/gap-report-job.ts';
import { chatCompactJob } from '../domain/conversations/chats/chat-compact-job.ts';
import { layoutCleanupJob } from '../domain/work/artifacts/layout-cleanup-job.ts';
import { scaffoldJob } from '../domain/work/projects/scaffold-job.ts';
import { researchJob } from '../domain/knowledge/research/research-job.ts';
import { ingestJob, reingestJob } from '../domain/knowledge/files/ingest-jobs.ts';
import { meditationJob } from '../domain/knowledge/wiki/meditation-job.ts';
import { evalProgram } from './evidence/eval/eval-job.ts';
import { resealJob } from '../domain/vault/credentials/reseal-job.ts';
import { resealProgram } from './vault/credentials/reseal-job.ts';
import { evalSuiteProgram } from './evidence/eval/eval-suite-job.ts';
import { gapReportProgram } from './evidence/gaps/gap-report-job.ts';
import { chatCompactProgram } from './conversations/chats/chat-compact-job.ts';
import { layoutCleanupProgram } from './work/artifacts/layout-cleanup-job.ts';
import { scaffoldProgram } from './work/projects/scaffold-job.ts';
import { researchProgram } from './knowledge/research/research-job.ts';
import { ingestProgram, reingestProgram } from './knowledge/files/ingest-job.ts';
import { meditationProgram } from './knowledge/wiki/meditation-job.ts';
import type { JobProgram } from './work/jobs/job-program.ts';

/** The program of each kind of job that its own workflow drives, by the kind's name. */
export const jobPrograms: Readonly<Record<string, JobProgram>> = {
  [evalJob.name]: evalProgram,
  [resealJob.name]: resealProgram,
  [evalSuiteJob.name]: evalSuiteProgram,
  [gapReportJob.name]: gapReportProgram,
  [testRunJob.name]: testRunProgram,
  [chatCompactJob.name]: chatCompactProgram,
  [answerCheckJob.name]: answerCheckProgram,
  [layoutCleanupJob.name]: layoutCleanupProgram,
  [scaffoldJob.name]: scaffoldProgram,
  [researchJob.name]: researchProgram,
  [meditationJob.name]: meditationProgram,
  [ingestJob.name]: ingestProgram,
  [reingestJob.name]: reingestProgram,
};
