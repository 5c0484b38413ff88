import type { Actor } from '../../../domain/kernel/access/authority.ts';
import { wrongState } from '../../../domain/kernel/errors/crewship-error.ts';
import type { JobRow } from '../../../domain/work/jobs/job.ts';
import { isTerminalRun } from '../../../domain/work/runs/run-status.ts';
import { sql } from '../../../db/kernel/sql.ts';
import type { Tx } from '../../../db/kernel/transaction.ts';
import { findJob } from '../../../db/work/jobs/job-row.ts';
import type { RunRow } from '../../../db/work/runs/run-row.ts';
import { holdManagedTasks, lockTasks, type ManagedTaskRow } from '../../../db/work/tasks/managed-task-row.ts';
import { moveJob } from '../jobs/move-job.ts';
import { requestRunCancel } from '../runs/cancel-run.ts';
import { lockLiveRunOfJob } from '../runs/settle-run.ts';

/** The live attempt of a task, locked: before the tasks are held, as runs come before them. */
export async function lockAttempt(tx: Tx, runId: string | null): Promise<void> {
  if (runId === null) return;
  await tx.any(sql`SELECT 1 FROM runs WHERE id = ${runId} FOR UPDATE`);
}

/**
 * Ends the attempt under way of a held task. Its job says so at once where the attempt had not begun, else when it has
 * ended.
 */
export async function stopAttempt(tx: Tx, task: ManagedTaskRow, actor: Actor): Promise<void> {
  if (task.run_id === null) return;
  await requestRunCancel(tx, task.run_id, actor);
  const run = await tx.maybeOne<{ status: RunRow['status']; job_id: string | null }>(sql`
    SELECT status, job_id FROM runs WHERE id = ${task.run_id}`);
  if (run === null || run.job_id === null || isTerminalRun(run.status)) return;
  await tx.execute(sql`
    UPDATE jobs SET cancel_requested_at = coalesce(cancel_requested_at, clock_timestamp()) WHERE id = ${run.job_id}`);
  if (run.status === 'RUNNING') await moveJob(tx, run.job_id, { to: 'cancelling', event: 'cancelling', actor });
}

/** A job that is cancelled ends its attempt, and the task with it. Throws `wrong_state` for one that is over. */
export async function cancelTaskRunJob(tx: Tx, job: JobRow, actor: Actor): Promise<void> {
  const live = await lockLiveRunOfJob(tx, job.id);
  await holdManagedTasks(tx, job.workspace_id);
  const [task] = await lockTasks(tx, sql.fragment`id = ${job.subject_id}`);
  if (live === null || task?.run_id !== live.run.id) {
    const now = await findJob(tx, job.id);
    throw wrongState('job', now?.status ?? job.status);
  }
  await stopAttempt(tx, task, actor);
}
