import { cancelJob } from '../../../commands/engine/jobs/cancel-job.ts';
import { advanceJob, endJob, failJob, finishJobStep } from '../../../commands/engine/jobs/advance-job.ts';
import { workflowScope, type Database } from '../../../db/kernel/database.ts';
import { orchestratorActor } from '../../../domain/kernel/access/authority.ts';
import { CrewshipError } from '../../../domain/kernel/errors/crewship-error.ts';
import type { WorkflowAddress } from '../../../domain/kernel/outbox/outbox-command.ts';
import type { StepOutcome } from '../../../domain/work/jobs/job-step.ts';
import type { JobRegistry } from '../../../domain/work/jobs/job-registry.ts';

/** The steps of a job's workflow on its row. */
export function createJobRowActivities(deps: {
  readonly db: Database;
  /** Those whose programs are in the same worker's workflows. */
  readonly jobKinds: Pick<JobRegistry, 'find'>;
}) {
  const { db, jobKinds } = deps;
  return {
    advanceJob: (address: WorkflowAddress) => advanceJob(db, jobKinds, address),
    finishJobStep: (address: WorkflowAddress, step: string, outcome: StepOutcome) =>
      finishJobStep(db, jobKinds, address, step, outcome),
    failJob: (address: WorkflowAddress, step: string, code: string) => failJob(db, address, step, code),
    endJob: (address: WorkflowAddress, undone: boolean) => endJob(db, address, undone),
    /** Asked for in Temporal. One that is over stays as it is. */
    async cancelJob(address: WorkflowAddress): Promise<void> {
      try {
        await db.transaction(workflowScope(address), (tx) =>
          cancelJob(tx, address.id, { actor: orchestratorActor(), reason: null }),
        );
      } catch (error) {
        if (!(error instanceof CrewshipError && (error.code === 'wrong_state' || error.code === 'not_found')))
          throw error;
      }
    },
  };
}
