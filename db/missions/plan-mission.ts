import type { Actor } from '../../domain/access/authority.ts';
import { CrewshipError, invalidField, notFound } from '../../domain/errors/crewship-error.ts';
import { sql } from '../kernel/sql.ts';
import type { Tx } from '../kernel/transaction.ts';
import { refuseUnsoundGraph } from './mission-graph.ts';
import { createMission, lockMissionOf } from './mission-commands.ts';
import { createTask } from './task-commands.ts';

/** Most tasks of a mission that an agent makes, and most of its missions that a crew may have open. */
const AGENT_MISSION_LIMITS = { tasks: 16, activeMissions: 6 } as const;

export interface PlannedTask {
  readonly title: string;
  readonly description: string | null;
  readonly assignedAgentId: string | null;
  /** What other tasks of the plan call it by. */
  readonly order: number;
  readonly dependsOn: readonly number[];
  readonly maxIterations: number | null;
}

export interface MissionPlan {
  readonly workspaceId: string;
  readonly crewId: string;
  readonly leadAgentId: string;
  readonly title: string;
  readonly description: string | null;
  readonly plan: string | null;
  readonly workflowTemplate: string | null;
  readonly tasks: readonly PlannedTask[];
}

function beyondLimit(crewId: string, reason: string, setting: string, limit: number): CrewshipError {
  return new CrewshipError('forbidden', reason, { extensions: { reason, crew_id: crewId, setting, limit } });
}

/**
 * A mission with all its tasks as an agent plans it (contract: ipc, section 8), in PLANNING. Returns the ids by the
 * plan's task order. Throws `forbidden` beyond the limits of agent-made missions, `invalid_request` for a bad DAG, a lead
 * or an assignee outside the crew.
 */
export async function planMission(
  tx: Tx,
  plan: MissionPlan,
  actor: Actor,
): Promise<{ id: string; taskIds: ReadonlyMap<number, string> }> {
  if (plan.tasks.length > AGENT_MISSION_LIMITS.tasks) {
    const limit = AGENT_MISSION_LIMITS.tasks;
    throw beyondLimit(plan.crewId, `a mission made by an agent has at most ${limit} tasks`, 'max_mission_tasks', limit);
  }
  const ordered = inDependencyOrder(plan.tasks);
  // Counted with the crew locked, so that simultaneous plans count each other.
  const crew = await tx.maybeOne(
    sql`SELECT 1 FROM crews WHERE id = ${plan.crewId} AND deleted_at IS NULL FOR NO KEY UPDATE`,
  );
  if (crew === null) throw notFound('crew');
  const { active } = await tx.one<{ active: number }>(sql`
    SELECT count(*) AS active FROM missions
    WHERE crew_id = ${plan.crewId} AND agent_created AND status IN ('PLANNING', 'IN_PROGRESS', 'REVIEW')`);
  if (active >= AGENT_MISSION_LIMITS.activeMissions) {
    const limit = AGENT_MISSION_LIMITS.activeMissions;
    const reason = `a crew has at most ${limit} open missions made by its agents`;
    throw beyondLimit(plan.crewId, reason, 'max_active_missions', limit);
  }
  await refuseOutsiders(tx, plan);
  const id = await createMission(tx, { ...plan, timeoutMs: null, createdBy: null, agentCreated: true }, actor);
  const mission = await lockMissionOf(tx, plan.crewId, id);
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
  return { id, taskIds };
}

/** The tasks so that each comes after those it depends on. Throws `invalid_request` naming `tasks`. */
function inDependencyOrder(tasks: readonly PlannedTask[]): PlannedTask[] {
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

async function refuseOutsiders(tx: Tx, plan: MissionPlan): Promise<void> {
  const wanted = [...new Set(plan.tasks.flatMap(({ assignedAgentId }) => assignedAgentId ?? []))];
  if (wanted.length === 0) return;
  const found = await tx.any<{ id: string }>(sql`
    SELECT id FROM agents WHERE id = ANY (${sql.array(wanted, 'text')}) AND crew_id = ${plan.crewId} AND deleted_at IS NULL`);
  if (found.length < wanted.length) throw invalidField('tasks', 'a task is assigned to an agent outside this crew');
}
