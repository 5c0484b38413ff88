import { jobWorkflowKind } from '../../../domain/work/jobs/job-workflow-kind.ts';
import type { JobRow } from '../../../domain/work/jobs/job.ts';
import type { Tx } from '../../../db/kernel/transaction.ts';

/**
 * Starts a job's workflow if it was never started, and tells it to read its row again: what it waits for may be there.
 */
export function tellJob(tx: Tx, job: Pick<JobRow, 'id' | 'workspace_id' | 'generation' | 'driver' | 'kind'>): void {
  if (job.driver === 'own') return;
  tx.enqueue({
    kind: 'workflow',
    workflow: jobWorkflowKind(job.kind),
    address: { workspaceId: job.workspace_id, id: job.id, generation: job.generation },
  });
}
