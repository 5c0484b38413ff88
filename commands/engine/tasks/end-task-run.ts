import { type Actor, orchestratorActor } from '../../../domain/kernel/access/authority.ts';
import type { TaskStatus } from '../../../domain/work/missions/task-status.ts';
import { sql } from '../../../db/kernel/sql.ts';
import type { Tx } from '../../../db/kernel/transaction.ts';
import type { RunRow } from '../../../db/work/runs/run-row.ts';
import { holdManagedTasks, lockTasks, type ManagedTaskRow } from '../../../db/work/tasks/managed-task-row.ts';
import { moveJob } from '../jobs/move-job.ts';
import { moveTask } from './move-task.ts';

/** Whether the attempt still speaks for its task: whoever moved it by hand has taken it from the attempt. */
export function speaksFor(run: Pick<RunRow, 'id'>, task: ManagedTaskRow): boolean {
  return task.run_id === run.id && (task.status === 'PENDING' || task.status === 'IN_PROGRESS');
}

/** An attempt that never began has been cancelled: its task with it, where it still speaks for it, and its job. */
export async function endUnbegunAttempt(tx: Tx, run: RunRow, actor: Actor): Promise<void> {
  if (run.mission_id !== null || run.task_id === null) return;
  await holdManagedTasks(tx, run.workspace_id);
  const [task] = await lockTasks(tx, sql.fragment`id = ${run.task_id}`);
  if (task !== undefined && speaksFor(run, task)) {
    await moveTask(tx, task, { to: 'CANCELLED', actor, reason: 'cancelled', runId: run.id });
  }
  await endTaskRunJob(tx, run, { status: 'CANCELLED', errorCode: null });
}

/** The job of an attempt that ends for good. */
export async function endTaskRunJob(
  tx: Tx,
  run: Pick<RunRow, 'id' | 'job_id' | 'task_id'>,
  end: { readonly status: TaskStatus; readonly errorCode: string | null },
): Promise<void> {
  if (run.job_id === null) return;
  const actor = orchestratorActor();
  if (end.status === 'CANCELLED') {
    await moveJob(tx, run.job_id, { to: 'cancelled', event: 'cancelled', actor });
  } else if (end.status === 'FAILED') {
    const set = [sql.fragment`error_code = ${end.errorCode ?? 'failed'}`];
    await moveJob(tx, run.job_id, { to: 'failed', event: 'failed', actor, set });
  } else {
    const result = JSON.stringify({ task_id: run.task_id, run_id: run.id, status: end.status });
    const set = [sql.fragment`result = ${result}::jsonb, progress_step = 1`];
    const done = await moveJob(tx, run.job_id, { to: 'completed', event: 'completed', actor, set });
    // It was to end, and its agent was done first.
    if (done === null) await moveJob(tx, run.job_id, { to: 'cancelled', event: 'cancelled', actor });
  }
}
