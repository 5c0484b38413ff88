import type { JobKind } from '../../kernel/jobs/job-kind.ts';
import { chatTurnJob } from '../../conversations/chats/chat-turn-job.ts';
import { evalJob } from '../../evidence/eval/eval-job.ts';
import { answerCheckJob } from '../pipeline/answer-check-job.ts';
import { taskRunJob } from '../tasks/task-run-job.ts';
import { evalSuiteJob } from '../../evidence/eval/eval-suite-job.ts';
import { testRunJob } from '../../evidence/testing/test-run-job.ts';
import { gapReportJob } from '../../evidence/gaps/gap-report-job.ts';
import { chatCompactJob } from '../../conversations/chats/chat-compact-job.ts';
import { layoutCleanupJob } from '../artifacts/layout-cleanup-job.ts';
import { scaffoldJob } from '../projects/scaffold-job.ts';
import { researchJob } from '../../knowledge/research/research-job.ts';
import { ingestJob, reingestJob } from '../../knowledge/files/ingest-jobs.ts';
import { meditationJob } from '../../knowledge/wiki/meditation-job.ts';
import { provisionJob } from '../../crews/provisioning/provision-job.ts';
import { resealJob } from '../../vault/credentials/reseal-job.ts';

/** All kinds of jobs, each declared by the family whose work it is. */
export const JOB_KINDS: readonly JobKind[] = [
  provisionJob,
  evalJob,
  evalSuiteJob,
  chatTurnJob,
  taskRunJob,
  resealJob,
  gapReportJob,
  testRunJob,
  chatCompactJob,
  answerCheckJob,
  layoutCleanupJob,
  scaffoldJob,
  researchJob,
  meditationJob,
  ingestJob,
  reingestJob,
];
