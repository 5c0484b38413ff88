import type { Actor } from '../../../domain/kernel/access/authority.ts';
import { CrewshipError, invalidField, notFound, wrongState } from '../../../domain/kernel/errors/crewship-error.ts';
import type { TaskStatus } from '../../../domain/work/missions/task-status.ts';
import { isUniqueViolation } from '../../../db/kernel/database-errors.ts';
import { sql } from '../../../db/kernel/sql.ts';
import type { Tx } from '../../../db/kernel/transaction.ts';
import { findTaskRow, type ManagedTaskRow } from '../../../db/work/tasks/managed-task-row.ts';
import { refuseTooMany } from './create-task.ts';
import { holdTask, seeTask, type TaskCall } from './hold-task.ts';
import { moveTask } from './move-task.ts';
import { admitAt, startDueTasks } from './start-task-run.ts';
import { mayEdit } from './task-access.ts';
import { journalTask } from './task-journal.ts';

const CHANGEABLE: readonly TaskStatus[] = ['PENDING', 'BLOCKED'];

/** A task that has not begun, held with all of the workspace's: nobody else changes what waits for what. */
async function holdUnbegun(tx: Tx, call: TaskCall): Promise<ManagedTaskRow> {
  const { task } = await holdTask(tx, call, mayEdit);
  if (!CHANGEABLE.includes(task.status) || task.run_id !== null) throw wrongState('task', task.status);
  return task;
}

/**
 * Makes a task of no mission wait for another. Of two that would make a cycle together one is refused. Throws
 * `not_found`, `forbidden`, `wrong_state` for one that has begun, `invalid_request` for itself and a cycle, `conflict`
 * where it waits already.
 */
export async function addDependency(tx: Tx, call: TaskCall, blockerId: string, actor: Actor): Promise<void> {
  if (blockerId === call.taskId) throw invalidField('blocks_task_id', 'is the task itself');
  const task = await holdUnbegun(tx, call);
  const blocker = await seeBlocker(tx, call, blockerId);
  const counted = await tx.one<{ edges: number; cycle: boolean }>(sql`
    WITH RECURSIVE before AS (
      SELECT ${blockerId}::text AS id
      UNION
      SELECT d.depends_on_task_id FROM before JOIN task_dependencies d ON d.task_id = before.id
    )
    SELECT (SELECT count(*) FROM task_dependencies WHERE task_id = ${task.id}) AS edges,
      EXISTS (SELECT 1 FROM before WHERE id = ${task.id}) AS cycle`);
  if (counted.cycle) throw invalidField('blocks_task_id', 'makes a cycle: that task waits for this one');
  refuseTooMany(counted.edges);
  try {
    await tx.execute(sql`
      INSERT INTO task_dependencies (workspace_id, task_id, depends_on_task_id)
      VALUES (${task.workspace_id}, ${task.id}, ${blockerId})`);
  } catch (error) {
    if (!isUniqueViolation(error, 'task_dependencies_pkey')) throw error;
    throw new CrewshipError('conflict', 'the task waits for that one already', { cause: error });
  }
  const payload = { task_id: task.id, depends_on_task_id: blockerId };
  journalTask(tx, task, actor, { type: 'task.dependency_added', payload });
  const isOpen = blocker.status !== 'COMPLETED' && blocker.status !== 'SKIPPED';
  if (isOpen && task.status === 'PENDING')
    await moveTask(tx, task, { to: 'BLOCKED', actor, reason: 'dependency_added' });
}

async function seeBlocker(tx: Tx, call: TaskCall, blockerId: string): Promise<ManagedTaskRow> {
  const { task: blocker } = await seeTask(tx, { ...call, taskId: blockerId }).catch((error: unknown) => {
    if (error instanceof CrewshipError && error.code === 'not_found')
      throw invalidField('blocks_task_id', 'names no task that the caller may see');
    throw error;
  });
  if (blocker.mission_id !== null) throw invalidField('blocks_task_id', 'is a mission’s task');
  if (blocker.status === 'FAILED' || blocker.status === 'CANCELLED') throw wrongState('task', blocker.status);
  return blocker;
}

/** Takes it away; a task that waits for nothing else any more goes on. Throws as {@link addDependency} does. */
export async function removeDependency(tx: Tx, call: TaskCall, blockerId: string, actor: Actor): Promise<void> {
  const task = await holdUnbegun(tx, call);
  const removed = await tx.execute(sql`
    DELETE FROM task_dependencies WHERE task_id = ${task.id} AND depends_on_task_id = ${blockerId}`);
  if (removed === 0) throw notFound('dependency');
  const payload = { task_id: task.id, depends_on_task_id: blockerId };
  journalTask(tx, task, actor, { type: 'task.dependency_removed', payload });
  const now = (await findTaskRow(tx, task.id))!;
  if (now.status !== 'BLOCKED' || now.waits) return;
  await moveTask(tx, now, { to: 'PENDING', actor, reason: 'dependencies_satisfied' });
  const starts = now.auto_start && now.assigned_agent_id !== null;
  await admitAt(tx, await startDueTasks(tx, starts ? [{ ...now, status: 'PENDING' }] : []));
}
