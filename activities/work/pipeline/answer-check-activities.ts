import { createHash, randomBytes } from 'node:crypto';
import { askJudges } from '../../../commands/evidence/validation/judge-ensemble.ts';
import { logValidation } from '../../../commands/evidence/validation/log-validation.ts';
import { runCheck } from '../../../commands/evidence/validation/run-checks.ts';
import { storeJobResult } from '../../../commands/engine/jobs/job-work.ts';
import type { LlmClient } from '../../../commands/money/llm/llm-client.ts';
import { submitReview } from '../../../commands/work/reviews/submit-review.ts';
import { type CheckedAnswer, readCheckedAnswer } from '../../../db/conversations/chats/read-checked-answer.ts';
import { readEffectiveDocument } from '../../../db/instance/config-documents/config-documents-store.ts';
import { type Database, workflowScope } from '../../../db/kernel/database.ts';
import { type Judgement, outcomeOf, rubricResult } from '../../../domain/evidence/validation/judgement.ts';
import { NO_CONFIG, type ValidationConfig } from '../../../domain/evidence/validation/validation-config.ts';
import { systemActor } from '../../../domain/kernel/access/authority.ts';
import { CrewshipError } from '../../../domain/kernel/errors/crewship-error.ts';
import type { WorkflowAddress } from '../../../domain/kernel/outbox/outbox-command.ts';
import { answerCheckJob } from '../../../domain/work/pipeline/answer-check-job.ts';
import { answerChecksOf } from '../../../domain/work/pipeline/pipeline-policy.ts';
import type { JobRegistry } from '../../../domain/work/jobs/job-registry.ts';
import { whileAtWork } from '../jobs/while-at-work.ts';

export type AnswerCheckActivities = ReturnType<typeof createAnswerCheckActivities>;

const FENCE_BYTES = 16;
const NOTHING = { log_id: null, passed: null, review_item_id: null };

/** The steps of an answer's checks. What each came to is the job's result, so none is taken twice. */
export function createAnswerCheckActivities(deps: {
  readonly db: Database;
  readonly llm: Pick<LlmClient, 'completeObject'>;
  readonly jobKinds: Pick<JobRegistry, 'find'>;
}) {
  const { db, llm } = deps;
  const found = deps.jobKinds.find(answerCheckJob.name);
  const jobKind = () => {
    if (found === undefined) throw new Error('this worker does not check answers');
    return found;
  };

  /** The policy's own rules, else the workspace's. */
  async function rulesOf(workspaceId: string, { policy }: CheckedAnswer) {
    if (policy.validation !== null) return { ...policy.validation, version: 0 };
    const document = await readEffectiveDocument(db, { workspaceId, kind: 'validation', key: '' });
    // What was written passed the schema.
    const config = (document?.body ?? NO_CONFIG) as unknown as ValidationConfig;
    return { ...config, version: document?.source === 'workspace' ? document.version : 0 };
  }

  async function scored(address: WorkflowAddress, answer: CheckedAnswer, signal: AbortSignal) {
    const { workspaceId } = address;
    const { timeoutMs, tries } = answerChecksOf(answer.policy)!.validate!;
    const { checks, judge, pass_score: passScore, version } = await rulesOf(workspaceId, answer);
    const asked = { content: answer.content, context: '' };
    const results = checks.flatMap((check) => (check.kind === 'rubric' ? [] : runCheck(check, asked)));
    let judgement: Judgement | null = null;
    if (judge !== null && checks.some(({ kind }) => kind === 'rubric')) {
      const caller = {
        ...{ workspaceId, requestId: address.requestId ?? `job-${address.id}`, jobId: address.id },
        ...{ userId: answer.owner_user_id, deadlineMs: timeoutMs, signal },
      };
      for (let tried = 1; tried <= tries && (judgement === null || judgement.score === null); tried += 1) {
        judgement = await askJudges(llm, caller, judge, { ...asked, fence: randomBytes(FENCE_BYTES).toString('hex') });
      }
      results.push(rubricResult(judgement!, passScore));
    }
    return { checks: results, judge: judgement, configVersion: version, ...outcomeOf(results, passScore) };
  }

  return {
    validateAnswer: (address: WorkflowAddress): Promise<void> =>
      whileAtWork(deps, address, async ({ signal }) => {
        const { workspaceId } = address;
        const answer = await readCheckedAnswer(db.reads, workspaceId, address.id);
        if (answer === null || answer.result !== null) return;
        const isWanted = answerChecksOf(answer.policy)?.validate != null;
        const outcome = isWanted ? await scored(address, answer, signal) : null;
        await db.transaction(workflowScope(address), async (tx) => {
          if (outcome === null) {
            await storeJobResult(tx, address, jobKind(), NOTHING);
            return;
          }
          const contentSha256 = createHash('sha256').update(answer.content).digest('hex');
          const log = { workspaceId, userId: answer.owner_user_id, agentId: answer.agent_id, taskId: null };
          const logId = await logValidation(tx, { ...log, ...outcome, contentSha256 }, systemActor());
          await storeJobResult(tx, address, jobKind(), { ...NOTHING, log_id: logId, passed: outcome.passed });
        });
      }),

    reviewAnswer: (address: WorkflowAddress): Promise<void> =>
      whileAtWork(deps, address, async () => {
        const { workspaceId } = address;
        const answer = await readCheckedAnswer(db.reads, workspaceId, address.id);
        if (answer?.result == null || answer.result.review_item_id !== null) {
          if (answer === null) await keep(address, NOTHING);
          return;
        }
        const review = answerChecksOf(answer.policy)?.review ?? null;
        const { result, owner_user_id: userId } = answer;
        if (review === null || userId === null || !(review.always || result.passed === false)) return;
        try {
          await db.transaction(workflowScope(address), async (tx) => {
            const due = review.timeoutMs === null ? null : new Date(Date.now() + review.timeoutMs).toISOString();
            const id = await submitReview(
              tx,
              {
                ...{ workspaceId, userId, kind: 'answer', content: null, sessionId: null, projectId: null },
                // Nobody asked its owner whether the rest of the session is for others.
                hidesSession: true,
                title: `Answer of ${answer.agent_name ?? 'an agent'}`.slice(0, 200),
                subject: { type: 'message', id: answer.message_id },
                ...{ assigneeId: null, priority: 'none', dueAt: due, attachments: [] },
                metadata: { job_id: address.id, passed: result.passed },
              },
              systemActor(),
            );
            await storeJobResult(tx, address, jobKind(), { ...result, review_item_id: id });
          });
        } catch (error) {
          // Somebody has put it before people already.
          if (!(error instanceof CrewshipError) || error.code !== 'conflict') throw error;
        }
      }),
  };

  async function keep(address: WorkflowAddress, result: typeof NOTHING): Promise<void> {
    await db.transaction(workflowScope(address), (tx) => storeJobResult(tx, address, jobKind(), result));
  }
}
