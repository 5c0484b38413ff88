import { notFound, wrongState } from '../../../domain/kernel/errors/crewship-error.ts';
import { missionOwned } from '../../../domain/work/tasks/managed-task.ts';
import { sql } from '../../../db/kernel/sql.ts';
import type { Tx } from '../../../db/kernel/transaction.ts';
import {
  findTaskRow,
  holdManagedTasks,
  lockTasks,
  type ManagedTaskRow,
  readTaskAccess,
  type TaskAccess,
  type TaskCaller,
} from '../../../db/work/tasks/managed-task-row.ts';
import { lockAttempt } from './stop-task-run.ts';

/** A task, and who asks. */
export interface TaskCall extends TaskCaller {
  readonly taskId: string;
  readonly userId: string;
}

/** A task that the caller may see, not locked, and what they may do with it. Throws `not_found`. */
export async function seeTask(tx: Tx, call: TaskCall): Promise<{ task: ManagedTaskRow; access: TaskAccess }> {
  const task = await findTaskRow(tx, call.taskId);
  if (task === null || task.workspace_id !== call.workspaceId) throw notFound('task');
  return { task, access: await readTaskAccess(tx, call, task.project_id) };
}

/**
 * Holds a task of no mission whose caller `may` do what they ask, and its attempt under way, which comes first in the
 * order of locks. Throws `not_found`, what `may` throws, `conflict` for a mission's task, and `wrong_state` where its
 * agent was given another attempt at this moment.
 */
export async function holdTask(
  tx: Tx,
  call: TaskCall,
  may: (access: TaskAccess, task: ManagedTaskRow) => void,
): Promise<{ task: ManagedTaskRow; access: TaskAccess }> {
  const { task: known, access } = await seeTask(tx, call);
  may(access, known);
  if (known.mission_id !== null) throw missionOwned(known.mission_id);
  await lockAttempt(tx, known.run_id);
  await holdManagedTasks(tx, call.workspaceId);
  const [task] = await lockTasks(tx, sql.fragment`id = ${call.taskId}`);
  if (task === undefined) throw notFound('task');
  if (task.run_id !== known.run_id && task.run_id !== null) throw wrongState('task', task.status);
  return { task, access };
}
