import { type Actor, orchestratorActor } from '../../../domain/kernel/access/authority.ts';
import { wrongState } from '../../../domain/kernel/errors/crewship-error.ts';
import { isTerminalTask, satisfiesDependants, type TaskStatus } from '../../../domain/work/missions/task-status.ts';
import { type Fragment, sql } from '../../../db/kernel/sql.ts';
import type { Tx } from '../../../db/kernel/transaction.ts';
import { lockTasks, type ManagedTaskRow } from '../../../db/work/tasks/managed-task-row.ts';
import { addTaskEvent, journalTask } from './task-journal.ts';

export interface TaskMove {
  readonly to: TaskStatus;
  readonly actor: Actor;
  /** A word for programs. */
  readonly reason?: string;
  /** What somebody says of it. */
  readonly note?: string | null;
  readonly runId?: string | null;
  /** Other columns: `result_summary = …`. */
  readonly set?: readonly Fragment[];
}

/**
 * The one way in which a task of no mission changes its state: compare-and-set, its event, its journal entry, and what
 * that means for the tasks that wait for it. The workspace's tasks are held. Returns those that may begin by
 * themselves now, {@link startDueTasks}. Throws `wrong_state` when it is elsewhere by now.
 */
export async function moveTask(tx: Tx, task: ManagedTaskRow, move: TaskMove): Promise<readonly ManagedTaskRow[]> {
  const { to } = move;
  const set = [
    sql.fragment`status = ${to}, updated_at = now()`,
    isTerminalTask(to) ? sql.fragment`completed_at = clock_timestamp()` : sql.fragment`completed_at = NULL`,
    ...(to === 'IN_PROGRESS' ? [sql.fragment`started_at = clock_timestamp()`] : []),
    ...(move.set ?? []),
  ];
  const moved = await tx.execute(sql`
    UPDATE tasks SET ${sql.join(set, sql.fragment`, `)} WHERE id = ${task.id} AND status = ${task.status}`);
  if (moved === 0) {
    const now = await tx.one<{ status: string }>(sql`SELECT status FROM tasks WHERE id = ${task.id}`);
    throw wrongState('task', now.status);
  }
  const facts = {
    from: task.status,
    to,
    ...(move.reason === undefined ? {} : { reason: move.reason }),
    ...(move.runId == null ? {} : { run_id: move.runId }),
  };
  await addTaskEvent(tx, task, {
    type: 'status_changed',
    actor: move.actor,
    message: move.note ?? null,
    data: { ...facts, iteration: task.iteration },
  });
  journalTask(tx, task, move.actor, { type: 'task.status_change', payload: { task_id: task.id, ...facts } });
  return tellDependants(tx, task, to);
}

/** A dependency that is done lets its dependants go on, one that failed fails them, as in missions. */
async function tellDependants(tx: Tx, task: ManagedTaskRow, to: TaskStatus): Promise<readonly ManagedTaskRow[]> {
  if (satisfiesDependants(task.status) === satisfiesDependants(to) && !isTerminalTask(to)) return [];
  const waiting = await lockTasks(
    tx,
    sql.fragment`status IN ('BLOCKED', 'PENDING') AND run_id IS NULL
      AND id IN (SELECT task_id FROM task_dependencies WHERE depends_on_task_id = ${task.id})`,
  );
  const due: ManagedTaskRow[] = [];
  for (const one of waiting) {
    const moveOn = (next: TaskStatus, reason: string, set: readonly Fragment[] = []) =>
      moveTask(tx, one, { to: next, actor: orchestratorActor(), reason, set });
    if (one.hopeless) {
      due.push(...(await moveOn('FAILED', 'dependency_failed', [sql.fragment`error_code = 'dependency_failed'`])));
    } else if (one.status === 'BLOCKED' && !one.waits) {
      await moveOn('PENDING', 'dependencies_satisfied');
      due.push({ ...one, status: 'PENDING' });
    } else if (one.status === 'PENDING' && one.waits) await moveOn('BLOCKED', 'dependency_reopened');
  }
  return due.filter((one) => one.auto_start && one.assigned_agent_id !== null);
}
