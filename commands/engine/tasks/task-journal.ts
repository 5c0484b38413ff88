import type { Actor } from '../../../domain/kernel/access/authority.ts';
import type { EntryParts } from '../../../domain/evidence/journal/new-journal-entry.ts';
import type { JsonObject } from '../../../domain/kernel/json/json-value.ts';
import type { taskEntries } from '../../../domain/work/tasks/task-entries.ts';
import { sql } from '../../../db/kernel/sql.ts';
import type { Tx } from '../../../db/kernel/transaction.ts';
import type { ManagedTaskRow } from '../../../db/work/tasks/managed-task-row.ts';

type OfTask = Pick<ManagedTaskRow, 'id' | 'workspace_id' | 'project_id' | 'crew_id' | 'mission_id'>;

/** Whose entry it is: the project's, where there is one, so that who may not see it reads nothing of its tasks. */
function taskPlace(task: OfTask) {
  return {
    workspaceId: task.workspace_id,
    crewId: task.crew_id,
    missionId: task.mission_id,
    taskId: task.id,
    ...(task.project_id === null
      ? { targetType: 'task', targetId: task.id }
      : { targetType: 'project', targetId: task.project_id }),
    traceId: task.id,
  };
}

export function journalTask(
  tx: Tx,
  task: OfTask,
  actor: Actor,
  entry: EntryParts<keyof typeof taskEntries | 'task.status_change'>,
): void {
  const [family, what] = entry.type.split('.') as [string, string];
  tx.journal({ actor, ...taskPlace(task), summary: `${family} ${what.replaceAll('_', ' ')}`, ...entry });
}

export interface NewTaskEvent {
  readonly type: string;
  readonly actor: Actor;
  readonly message?: string | null;
  readonly data?: JsonObject;
}

/** The next event of a task, whose number its row gives: a later commit never has a smaller one. */
export async function addTaskEvent(tx: Tx, task: OfTask, event: NewTaskEvent): Promise<number> {
  const { seq } = await tx.one<{ seq: number }>(sql`
    UPDATE tasks SET event_seq = event_seq + 1 WHERE id = ${task.id} RETURNING event_seq AS seq`);
  await tx.execute(sql`
    INSERT INTO task_events (workspace_id, task_id, seq, type, actor_type, actor_id, message, data)
    VALUES (${task.workspace_id}, ${task.id}, ${seq}, ${event.type}, ${event.actor.type}, ${event.actor.id},
      ${event.message ?? null}, ${sql.jsonb(event.data ?? {})})`);
  return seq;
}
