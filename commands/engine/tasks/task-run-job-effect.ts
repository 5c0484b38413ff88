import type { Actor } from '../../../domain/kernel/access/authority.ts';
import { CrewshipError, invalidField, notFound } from '../../../domain/kernel/errors/crewship-error.ts';
import { sql } from '../../../db/kernel/sql.ts';
import type { JobEffect } from '../../../db/kernel/transaction-effects.ts';
import type { Tx } from '../../../db/kernel/transaction.ts';
import {
  findTaskRow,
  holdManagedTasks,
  lockTasks,
  type ManagedTaskRow,
  readTaskAccess,
} from '../../../db/work/tasks/managed-task-row.ts';
import { missionOwned } from '../../../domain/work/tasks/managed-task.ts';
import { admitAt, queueTaskRun, setProject } from './start-task-run.ts';
import { cancelTaskRunJob } from './stop-task-run.ts';
import { mayEdit } from './task-access.ts';

/** The task of a job, held and locked for who may edit it. */
async function holdTaskOf(tx: Tx, taskId: string, actor: Actor): Promise<ManagedTaskRow> {
  const known = await findTaskRow(tx, taskId);
  if (known === null) throw notFound('task');
  const access = await readTaskAccess(tx, { workspaceId: known.workspace_id, userId: actor.id }, known.project_id);
  mayEdit(access);
  if (known.mission_id !== null) throw missionOwned(known.mission_id);
  await holdManagedTasks(tx, known.workspace_id);
  const [task] = await lockTasks(tx, sql.fragment`id = ${taskId}`);
  if (task === undefined) throw notFound('task');
  return task;
}

/** A job that somebody asked for begins its task’s next attempt; its end is that of the attempt. */
export const taskRunJobEffect: JobEffect = {
  async requested(tx, job, input, actor) {
    const task = await holdTaskOf(tx, input.task_id as string, actor).catch((error: unknown) => {
      if (error instanceof CrewshipError && error.code === 'not_found')
        throw invalidField('input.task_id', 'names no task that the caller may see');
      throw error;
    });
    await setProject(tx, job.id, task);
    await admitAt(tx, [await queueTaskRun(tx, task, job.id)]);
  },
  cancel: cancelTaskRunJob,
};
