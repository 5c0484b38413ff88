import { cancelSuiteEvals, concludeSuiteRun } from '../../../commands/evidence/eval/eval-suite-runs.ts';
import { listSuiteResults } from '../../../db/evidence/eval/eval-suites-store.ts';
import type { Database } from '../../../db/kernel/database.ts';
import { evalSuiteJob } from '../../../domain/evidence/eval/eval-suite-job.ts';
import type { WorkflowAddress } from '../../../domain/kernel/outbox/outbox-command.ts';
import type { JobRegistry } from '../../../domain/work/jobs/job-registry.ts';
import { whileAtWork } from '../../work/jobs/while-at-work.ts';

export type EvalSuiteActivities = ReturnType<typeof createEvalSuiteActivities>;

/** The steps of a suite that is held against candidates. */
export function createEvalSuiteActivities(deps: {
  readonly db: Database;
  readonly jobKinds: Pick<JobRegistry, 'find'>;
}) {
  const { db } = deps;
  const jobKind = deps.jobKinds.find(evalSuiteJob.name);
  return {
    /** Whether all of its evaluations are over. */
    areSuiteEvalsOver: (address: WorkflowAddress): Promise<boolean> =>
      whileAtWork(deps, address, async () => {
        const results = await listSuiteResults(db.reads, address.workspaceId, address.id);
        return results.every(({ status }) => status === 'completed' || status === 'failed');
      }),
    concludeSuiteRun: (address: WorkflowAddress): Promise<void> =>
      whileAtWork(deps, address, async () => {
        if (jobKind === undefined) throw new Error('this worker does not know suites of evaluations');
        await concludeSuiteRun(db, address, jobKind);
      }),
    cancelSuiteEvals: (address: WorkflowAddress): Promise<void> =>
      whileAtWork(deps, address, () => cancelSuiteEvals(db, address), { undoing: true }),
  };
}
