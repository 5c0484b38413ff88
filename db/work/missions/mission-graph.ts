import { invalidField } from '../../../domain/kernel/errors/crewship-error.ts';
import { describeCycle, findGraphProblem, type GraphTask } from '../../../domain/work/missions/task-graph.ts';
import type { TaskStatus } from '../../../domain/work/missions/task-status.ts';
import { sql } from '../../kernel/sql.ts';
import type { Tx } from '../../kernel/transaction.ts';

export interface MissionGraphTask extends GraphTask {
  readonly status: TaskStatus;
}

/**
 * The tasks of a mission with what they depend on. Throws `invalid_request` that names what makes the graph unsound.
 */
export async function readSoundGraph(tx: Tx, missionId: string): Promise<readonly MissionGraphTask[]> {
  const tasks = await tx.any<MissionGraphTask>(sql`
    SELECT t.id, t.status,
      array(SELECT d.depends_on_task_id FROM task_dependencies d WHERE d.task_id = t.id) AS "dependsOn"
    FROM tasks t WHERE t.mission_id = ${missionId} ORDER BY t.task_order, t.created_at, t.id`);
  refuseUnsoundGraph(tasks);
  return tasks;
}

/** Throws `invalid_request` naming `tasks` and those that make a cycle or depend on a task that is not there. */
export function refuseUnsoundGraph(tasks: readonly GraphTask[]): void {
  const problem = findGraphProblem(tasks);
  if (problem === null) return;
  if (problem.kind === 'unknown_dependency') {
    throw invalidField('tasks', `task ${problem.taskId} depends on ${problem.dependsOn}, which is not in this mission`);
  }
  throw invalidField('tasks', `these tasks depend on each other in a cycle: ${describeCycle(problem.taskIds)}`);
}
