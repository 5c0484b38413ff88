import { orchestratorActor } from '../../../domain/kernel/access/authority.ts';
import { answerCheckJob } from '../../../domain/work/pipeline/answer-check-job.ts';
import { answerChecksOf, PIPELINE_POLICY, type PipelinePolicy } from '../../../domain/work/pipeline/pipeline-policy.ts';
import { readBindingIn } from '../../../db/instance/config-documents/binding-document.ts';
import { sql } from '../../../db/kernel/sql.ts';
import type { Tx } from '../../../db/kernel/transaction.ts';
import { journalJob } from '../jobs/journal-job.ts';
import { insertJob } from '../jobs/request-job.ts';
import { tellJob } from '../jobs/tell-job.ts';

/**
 * Has an answer checked where the policy that its attempt follows says so; never one of a scenario, which has no
 * effects outside. Nothing here refuses the answer.
 */
export async function requestAnswerCheck(
  tx: Tx,
  answer: {
    readonly workspaceId: string;
    readonly runId: string;
    readonly chatId: string;
    readonly messageId: string;
  },
): Promise<void> {
  const { workspaceId, runId } = answer;
  const { at_start: policy } = await readBindingIn<PipelinePolicy>(tx, workspaceId, { kind: PIPELINE_POLICY, runId });
  if (answerChecksOf(policy) === null) return;
  const tested = await tx.maybeOne(sql`SELECT 1 FROM testing_results WHERE chat_id = ${answer.chatId}`);
  if (tested !== null) return;
  const actor = orchestratorActor();
  const job = await insertJob(tx, {
    ...{ workspaceId, kind: answerCheckJob, actor, status: 'queued', subject: { type: 'run', id: runId } },
    input: { run_id: runId, message_id: answer.messageId },
  });
  journalJob(tx, job, { event: 'queued', actor });
  tellJob(tx, job);
}
