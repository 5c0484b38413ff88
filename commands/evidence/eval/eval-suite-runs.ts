import type { Thresholds } from '../../../domain/evidence/eval/compare-metrics.ts';
import { countResults } from '../../../domain/evidence/eval/eval-suite.ts';
import { type Actor, quartermasterActor } from '../../../domain/kernel/access/authority.ts';
import { invalidField } from '../../../domain/kernel/errors/crewship-error.ts';
import type { WorkflowAddress } from '../../../domain/kernel/outbox/outbox-command.ts';
import type { RegisteredJobKind } from '../../../domain/work/jobs/job-registry.ts';
import { listSuiteResultsIn, lockEvalSuite } from '../../../db/evidence/eval/eval-suites-store.ts';
import { type Database, workflowScope } from '../../../db/kernel/database.ts';
import { sql } from '../../../db/kernel/sql.ts';
import type { JobEffect } from '../../../db/kernel/transaction-effects.ts';
import type { Tx } from '../../../db/kernel/transaction.ts';
import { lockJob } from '../../../db/work/jobs/job-row.ts';
import { cancelChildJobs, tellParent } from '../../engine/jobs/child-jobs.ts';
import { storeJobResult } from '../../engine/jobs/job-work.ts';
import { type JobRequest, requestJob } from '../../engine/jobs/request-job.ts';
import { requestEval } from './eval-commands.ts';

export interface SuiteRunRequest {
  readonly workspaceId: string;
  readonly suiteId: string;
  readonly label: string | null;
  readonly candidates: readonly {
    readonly case: string;
    readonly mission_id: string;
    readonly generation?: number | undefined;
  }[];
  /** What counts where the suite says nothing. */
  readonly thresholds: Thresholds;
  readonly kinds: { readonly suite: JobRequest['kind']; readonly eval: JobRequest['kind'] };
  readonly actor: Actor;
}

/**
 * Holds a suite against candidates: an evaluation for each, and the job that waits for them, in one transaction. Throws
 * `not_found` for the suite and for a candidate that is no mission, `invalid_request` for a case that is none or is
 * named twice, `limit_reached`.
 */
export async function requestSuiteRun(tx: Tx, request: SuiteRunRequest): Promise<string> {
  const { workspaceId, suiteId, candidates, actor, kinds } = request;
  const suite = await lockEvalSuite(tx, suiteId);
  const cases = new Map(suite.cases.map((one) => [one.name, one]));
  const job = await requestJob(tx, { workspaceId, kind: kinds.suite, input: { suite_id: suiteId }, actor });
  await tx.execute(sql`
    INSERT INTO eval_suite_runs (id, workspace_id, suite_id, label, created_by)
    VALUES (${job.id}, ${workspaceId}, ${suiteId}, ${request.label}, ${actor.type === 'user' ? actor.id : null})`);
  for (const [place, candidate] of candidates.entries()) {
    const one = cases.get(candidate.case);
    if (one === undefined) throw invalidField(`candidates.${place}.case`, 'is no case of the suite, or named twice');
    cases.delete(candidate.case);
    await requestEval(tx, {
      ...{ workspaceId, jobKind: kinds.eval, kind: 'regression', actor, seed: 0 },
      thresholds: suite.thresholds ?? request.thresholds,
      mission: { missionId: candidate.mission_id, generation: candidate.generation ?? null },
      baseline: { missionId: one.baseline_mission_id, generation: one.baseline_generation },
      suite: { runId: job.id, case: one.name },
    });
  }
  return job.id;
}

/** The end of an evaluation is told to the suite that waits for it. */
export const evalJobEffect: JobEffect = { ended: tellParent };

/** Counts what the evaluations of a suite came to, once. A job that is to end by now is left as it is. */
export async function concludeSuiteRun(
  db: Database,
  address: WorkflowAddress,
  jobKind: Pick<RegisteredJobKind, 'result'>,
): Promise<void> {
  await db.transaction(workflowScope(address), async (tx) => {
    await lockJob(tx, address.id);
    const counts = countResults(await listSuiteResultsIn(tx, address.id));
    if (!(await storeJobResult(tx, address, jobKind, counts))) return;
    const concluded = await tx.execute(sql`
      UPDATE eval_suite_runs SET passed = ${counts.passed}, regressed = ${counts.regressed}, failed = ${counts.failed}
      WHERE id = ${address.id} AND passed IS NULL`);
    if (concluded === 0) return;
    tx.journal({
      actor: quartermasterActor(),
      workspaceId: address.workspaceId,
      targetType: 'eval_suite_run',
      targetId: address.id,
      transitionId: `eval-suite-${address.id}:completed`,
      severity: counts.regressed > 0 ? 'warn' : 'info',
      type: 'eval.suite_completed',
      summary:
        counts.regressed > 0 ? 'missions are worse than baselines of a suite' : 'a suite was held against missions',
      payload: { suite_run_id: address.id, ...counts },
    });
  });
}

/** Ends what goes on of a suite that is to end. */
export function cancelSuiteEvals(db: Database, address: WorkflowAddress): Promise<void> {
  return cancelChildJobs(db, address, { actor: quartermasterActor(), reason: 'the suite was cancelled' });
}
