import type { Tx } from '../../../db/kernel/transaction.ts';
import { lockMission } from '../../../db/work/missions/mission-row.ts';
import { holdManagedTasks, type ManagedTaskRow } from '../../../db/work/tasks/managed-task-row.ts';

/** Nobody else decides on a task before the commit: its mission is locked, or a workspace's tasks of none are held. */
export async function holdReviewedTask(
  tx: Tx,
  task: Pick<ManagedTaskRow, 'mission_id' | 'workspace_id'>,
): Promise<void> {
  if (task.mission_id === null) await holdManagedTasks(tx, task.workspace_id);
  else await lockMission(tx, task.mission_id);
}
