import type { Actor } from '../../../domain/kernel/access/authority.ts';
import type { WorkflowAddress } from '../../../domain/kernel/outbox/outbox-command.ts';
import { isJobOver } from '../../../domain/work/jobs/job-status.ts';
import type { JobRow } from '../../../domain/work/jobs/job.ts';
import { type Database, workflowScope } from '../../../db/kernel/database.ts';
import { sql } from '../../../db/kernel/sql.ts';
import type { Tx } from '../../../db/kernel/transaction.ts';
import { findJob } from '../../../db/work/jobs/job-row.ts';
import { cancelJob } from './cancel-job.ts';
import { tellJob } from './tell-job.ts';

/** The end of a job is told to the one that waits for it. */
export async function tellParent(tx: Tx, job: Pick<JobRow, 'parent_id'>): Promise<void> {
  if (job.parent_id === null) return;
  const parent = await findJob(tx, job.parent_id);
  if (parent !== null && !isJobOver(parent.status)) tellJob(tx, parent);
}

/** Ends the jobs that go on for one that is to end. */
export async function cancelChildJobs(
  db: Database,
  address: WorkflowAddress,
  by: { readonly actor: Actor; readonly reason: string },
): Promise<void> {
  const open = await db.reads.any<{ id: string }>(
    [address.workspaceId],
    sql`
      SELECT id FROM jobs WHERE workspace_id = ${address.workspaceId} AND parent_id = ${address.id}
        AND status IN ('queued', 'running', 'waiting') ORDER BY id`,
  );
  for (const { id } of open) {
    await db.transaction(workflowScope(address), async (tx) => {
      const job = await findJob(tx, id);
      if (job === null || isJobOver(job.status)) return;
      await cancelJob(tx, id, by);
    });
  }
}
