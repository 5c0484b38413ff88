import { type ChangedFields, entryKind } from '../../kernel/journal/entry-kind.ts';
import type { TaskStatus } from '../missions/task-status.ts';

type OfTask = { readonly task_id: string };

/**
 * Ids, states and field names; never what anybody wrote. Transitions are `task.status_change`, as those of missions'
 * tasks are. What is about a task of a project has the project for its target: who may not see that reads none of it.
 */
export const taskEntries = {
  'task.created': entryKind<OfTask & { readonly status: TaskStatus; readonly depends_on: readonly string[] }>(),
  'task.updated': entryKind<OfTask & ChangedFields>(),
  'task.deleted': entryKind<OfTask & { readonly status: TaskStatus }>(),
  /** A comment, progress, or an event of a caller's own. */
  'task.event': entryKind<OfTask & { readonly seq: number; readonly event_type: string }>(),
  'task.dependency_added': entryKind<OfTask & { readonly depends_on_task_id: string }>(),
  'task.dependency_removed': entryKind<OfTask & { readonly depends_on_task_id: string }>(),
  'task.run_attached': entryKind<OfTask & { readonly run_id: string }>(),
  'review.requested': entryKind<OfTask>(),
  'review.approved': entryKind<OfTask>(),
  'review.rework': entryKind<OfTask & { readonly iteration: number }>(),
  'review.blocked': entryKind<OfTask>(),
};
