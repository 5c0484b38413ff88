import type { Actor } from '../../../domain/kernel/access/authority.ts';
import type { JsonObject } from '../../../domain/kernel/json/json-value.ts';
import { sql } from '../../../db/kernel/sql.ts';
import type { Tx } from '../../../db/kernel/transaction.ts';
import type { TaskEvent } from '../../../domain/work/tasks/managed-task.ts';
import { seeTask, type TaskCall } from './hold-task.ts';
import { isEditor, refuseInArchive, refuseUnless } from './task-access.ts';
import { addTaskEvent, journalTask } from './task-journal.ts';

/**
 * A comment, progress, or an event of the caller's own on any task that they see: MEMBER, or an editor of its project.
 * Throws `not_found`, `forbidden`, `wrong_state` in the archive.
 */
export async function sayOfTask(
  tx: Tx,
  call: TaskCall,
  said: { readonly type: string; readonly message: string | null; readonly data: JsonObject },
  actor: Actor,
): Promise<TaskEvent> {
  const { task, access } = await seeTask(tx, call);
  refuseUnless(access.isParticipant || isEditor(access));
  refuseInArchive(access);
  const seq = await addTaskEvent(tx, task, { ...said, actor });
  journalTask(tx, task, actor, {
    type: 'task.event',
    payload: { task_id: task.id, seq, event_type: said.type },
  });
  const { created_at } = await tx.one<{ created_at: string }>(sql`
    SELECT created_at FROM task_events WHERE task_id = ${task.id} AND seq = ${seq}`);
  return { seq, ...said, actor: { type: actor.type, id: actor.id }, created_at };
}
