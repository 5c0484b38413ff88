import type { Actor } from '../../../domain/kernel/access/authority.ts';
import { wrongState } from '../../../domain/kernel/errors/crewship-error.ts';
import type { TaskStatus } from '../../../domain/work/missions/task-status.ts';
import { canMoveByHand, refuseExhausted, RETRYABLE } from '../../../domain/work/tasks/managed-task.ts';
import { type Fragment, sql } from '../../../db/kernel/sql.ts';
import type { Tx } from '../../../db/kernel/transaction.ts';
import type { ManagedTaskRow } from '../../../db/work/tasks/managed-task-row.ts';
import { crewOfAgent } from './create-task.ts';
import { holdTask, type TaskCall } from './hold-task.ts';
import { moveTask } from './move-task.ts';
import { requestTaskReview } from './request-task-review.ts';
import { admitAt, startDueTasks, startTaskRun } from './start-task-run.ts';
import { stopAttempt } from './stop-task-run.ts';
import { mayEdit } from './task-access.ts';
import { addTaskEvent, journalTask } from './task-journal.ts';

export interface StatusChange {
  /** Undefined: what is said of it changes, and no more. */
  readonly status?: TaskStatus | undefined;
  readonly note?: string | null | undefined;
  readonly resultSummary?: string | null | undefined;
  readonly errorMessage?: string | null | undefined;
}

/**
 * Moves a task of no mission by hand; its attempt under way is ended, and no longer speaks for it. Finished work that
 * needs approval is AWAITING_APPROVAL. Of those who move one task at once one does, the others are told where it is.
 * Throws `not_found`, `forbidden`, `conflict` for a mission's, `wrong_state`.
 */
export async function setTaskStatus(tx: Tx, call: TaskCall, change: StatusChange, actor: Actor): Promise<void> {
  const { task } = await holdTask(tx, call, mayEdit);
  const set = outcomeOf(change);
  if (change.status === undefined) return say(tx, task, change, set, actor);
  const to = change.status === 'COMPLETED' && task.approval_required ? 'AWAITING_APPROVAL' : change.status;
  if (!canMoveByHand(task.status, to)) {
    throw wrongState('task', task.status, `a task that is ${task.status} cannot become ${to}`);
  }
  // Of those that it waits for some are open: whoever says PENDING goes on without them.
  const isTaken = to === 'IN_PROGRESS';
  const due = await moveTask(tx, task, {
    to,
    actor,
    reason: 'set by hand',
    note: change.note ?? null,
    set: [
      ...set,
      ...(isTaken ? [sql.fragment`run_id = NULL`] : []),
      ...(to === 'AWAITING_APPROVAL' ? [sql.fragment`approval_status = 'pending'`] : []),
      ...(to === 'COMPLETED' || to === 'AWAITING_APPROVAL' ? [sql.fragment`submitted_by = ${call.userId}`] : []),
    ],
  });
  if (to === 'AWAITING_APPROVAL') await requestTaskReview(tx, task, actor);
  const hosts = await startDueTasks(tx, due);
  await admitAt(tx, hosts);
  await stopAttempt(tx, task, actor);
}

function outcomeOf({ resultSummary, errorMessage }: StatusChange): Fragment[] {
  return [
    ...(resultSummary === undefined ? [] : [sql.fragment`result_summary = ${resultSummary}`]),
    ...(errorMessage === undefined ? [] : [sql.fragment`error_message = ${errorMessage}`]),
  ];
}

async function say(tx: Tx, task: ManagedTaskRow, change: StatusChange, set: Fragment[], actor: Actor): Promise<void> {
  const fields = Object.entries({ result_summary: change.resultSummary, error_message: change.errorMessage }).flatMap(
    ([name, value]) => (value === undefined ? [] : [name]),
  );
  if (set.length > 0) {
    const all = sql.join([...set, sql.fragment`updated_at = now()`], sql.fragment`, `);
    await tx.execute(sql`UPDATE tasks SET ${all} WHERE id = ${task.id}`);
    journalTask(tx, task, actor, { type: 'task.updated', payload: { task_id: task.id, changed_fields: fields } });
  }
  if (set.length > 0 || change.note != null) {
    await addTaskEvent(tx, task, { type: 'updated', actor, message: change.note ?? null, data: { fields } });
  }
}

/**
 * One more iteration of a task that failed or was given up: PENDING, or BLOCKED by what it waits for, and its agent
 * begins at once where it has one and nothing is before it. Throws as {@link setTaskStatus} does, `conflict` when its
 * iterations are used up, and what {@link startTaskRun} throws. Returns the job that runs its agent.
 */
export async function retryTask(
  tx: Tx,
  call: TaskCall,
  retry: { readonly agentId: string | undefined; readonly note: string | null },
  actor: Actor,
): Promise<string | null> {
  const { task } = await holdTask(tx, call, mayEdit);
  if (!RETRYABLE.includes(task.status)) throw wrongState('task', task.status);
  refuseExhausted(task);
  const agentId = retry.agentId ?? task.assigned_agent_id;
  const crewId = agentId === null ? null : await crewOfAgent(tx, task.workspace_id, agentId);
  const { held_up: isHeldUp } = await tx.one<{ held_up: boolean }>(sql`
    SELECT EXISTS (SELECT 1 FROM task_dependencies d JOIN tasks t ON t.id = d.depends_on_task_id
      WHERE d.task_id = ${task.id} AND t.status NOT IN ('COMPLETED', 'SKIPPED')) AS held_up`);
  const to = isHeldUp ? 'BLOCKED' : 'PENDING';
  const iteration = task.iteration + 1;
  await moveTask(tx, task, {
    to,
    actor,
    reason: 'retried',
    note: retry.note,
    set: [
      sql.fragment`iteration = ${iteration}, run_id = NULL, started_at = NULL, result_summary = NULL,
        error_code = NULL, error_message = NULL, confidence = NULL, handoff_context = NULL, approval_status = NULL,
        approved_by = NULL, approved_at = NULL, submitted_by = NULL, review_status = 'none', review_by = NULL,
        review_at = NULL, review_note = NULL, assigned_agent_id = ${agentId}, crew_id = ${crewId}`,
    ],
  });
  if (isHeldUp || agentId === null) return null;
  const again = { ...task, status: 'PENDING', run_id: null, iteration, assigned_agent_id: agentId } as const;
  const { jobId, hostId } = await startTaskRun(tx, again, actor);
  await admitAt(tx, [hostId]);
  return jobId;
}
