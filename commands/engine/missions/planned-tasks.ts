import type { Actor } from '../../../domain/kernel/access/authority.ts';
import { invalidField } from '../../../domain/kernel/errors/crewship-error.ts';
import type { Tx } from '../../../db/kernel/transaction.ts';
import { refuseUnsoundGraph } from '../../../db/work/missions/mission-graph.ts';
import type { MissionRow } from '../../../db/work/missions/mission-row.ts';
import { createTask } from './task-commands.ts';

export interface PlannedTask {
  readonly title: string;
  readonly description: string | null;
  readonly assignedAgentId: string | null;
  /** What other tasks of the plan call it by. */
  readonly order: number;
  readonly dependsOn: readonly number[];
  readonly maxIterations: number | null;
  readonly approvalRequired?: boolean;
}

/** The tasks so that each comes after those it depends on. Throws `invalid_request` naming `tasks`. */
export function inDependencyOrder(tasks: readonly PlannedTask[]): PlannedTask[] {
  if (new Set(tasks.map(({ order }) => order)).size !== tasks.length) {
    throw invalidField('tasks', 'two tasks have the same task_order');
  }
  refuseUnsoundGraph(tasks.map((task) => ({ id: `${task.order}`, dependsOn: task.dependsOn.map(String) })));
  const placed = new Set<number>();
  const ordered: PlannedTask[] = [];
  while (ordered.length < tasks.length) {
    for (const task of tasks) {
      if (placed.has(task.order) || !task.dependsOn.every((order) => placed.has(order))) continue;
      placed.add(task.order);
      ordered.push(task);
    }
  }
  return ordered;
}

/** Adds the tasks of a plan to a locked mission, in an order in which each comes after those it depends on. */
export async function createPlannedTasks(
  tx: Tx,
  mission: MissionRow,
  ordered: readonly PlannedTask[],
  actor: Actor,
): Promise<ReadonlyMap<number, string>> {
  const taskIds = new Map<number, string>();
  for (const task of ordered) {
    const taskId = await createTask(
      tx,
      mission,
      { ...task, taskOrder: task.order, dependsOn: task.dependsOn.map((order) => taskIds.get(order)!) },
      actor,
    );
    taskIds.set(task.order, taskId);
  }
  return taskIds;
}
