import type { Actor } from '../../../domain/kernel/access/authority.ts';
import type { AutonomyLevel } from '../../../domain/crews/autonomy/autonomy.ts';
import { CrewshipError, invalidField } from '../../../domain/kernel/errors/crewship-error.ts';
import { MAX_PLANNED_TASKS } from '../../../domain/work/missions/parse-plan.ts';
import { countOpening, type Opener } from '../runs/count-opening.ts';
import { holdForReview, judgeAgentAction, noticeMade } from '../autonomy/autonomy-gate.ts';
import { sql } from '../../../db/kernel/sql.ts';
import type { Tx } from '../../../db/kernel/transaction.ts';
import { createMission, lockMissionOf } from './mission-commands.ts';
import { createPlannedTasks, inDependencyOrder, type PlannedTask } from './planned-tasks.ts';

/** Most tasks of a mission that an agent makes, and most of its missions that a crew may have open. */
const AGENT_MISSION_LIMITS = { tasks: MAX_PLANNED_TASKS, activeMissions: 6 } as const;

export interface MissionPlan {
  readonly workspaceId: string;
  readonly crewId: string;
  readonly leadAgentId: string;
  /** Who plans it, where its run says so. */
  readonly byAgentId: string | null;
  /** The attempt that it is counted for. */
  readonly openedBy: Opener | null;
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
 * A mission with all its tasks as an agent plans it (docs/contracts/internal-ipc.md, Missions), in PLANNING. Returns
 * the ids by the plan's task order. Where the crew's autonomy is strict it is held, and cannot be started until it is
 * approved. Throws `forbidden` beyond the limits of agent-made missions, `invalid_request` for a bad DAG, a lead or an
 * assignee outside the crew; `limit_reached` and `unauthenticated` as {@link countOpening}.
 */
export async function planMission(
  tx: Tx,
  plan: MissionPlan,
  actor: Actor,
): Promise<{
  id: string;
  identifier: string;
  taskIds: ReadonlyMap<number, string>;
  level: AutonomyLevel;
  approvalId: string | null;
}> {
  if (plan.tasks.length > AGENT_MISSION_LIMITS.tasks) {
    const limit = AGENT_MISSION_LIMITS.tasks;
    throw beyondLimit(plan.crewId, `a mission made by an agent has at most ${limit} tasks`, 'max_mission_tasks', limit);
  }
  const ordered = inDependencyOrder(plan.tasks);
  await countOpening(tx, 'missions', plan.openedBy);
  // Counted with the crew locked, so that simultaneous plans count each other.
  const { level, isHeld, isNoticed } = await judgeAgentAction(tx, plan.crewId, 'mission_create');
  const { active } = await tx.one<{ active: number }>(sql`
    SELECT count(*) AS active FROM missions
    WHERE crew_id = ${plan.crewId} AND agent_created AND status IN ('PLANNING', 'IN_PROGRESS', 'REVIEW')`);
  if (active >= AGENT_MISSION_LIMITS.activeMissions) {
    const limit = AGENT_MISSION_LIMITS.activeMissions;
    const reason = `a crew has at most ${limit} open missions made by its agents`;
    throw beyondLimit(plan.crewId, reason, 'max_active_missions', limit);
  }
  await refuseOutsiders(tx, plan);
  const id = await createMission(
    tx,
    { ...plan, timeoutMs: null, createdBy: null, agentCreated: true, held: isHeld },
    actor,
  );
  const mission = await lockMissionOf(tx, plan.crewId, id);
  const taskIds = await createPlannedTasks(tx, mission, ordered, actor);
  const { identifier } = mission;
  const { workspaceId, crewId, byAgentId } = plan;
  const made = { subjectType: 'mission', subjectId: id, workspaceId, crewId, agentId: byAgentId } as const;
  if (isNoticed) await noticeMade(tx, made);
  if (!isHeld) return { id, identifier, taskIds, level, approvalId: null };
  const approvalId = await holdForReview(tx, { ...made, level, action: 'mission_create' }, actor);
  return { id, identifier, taskIds, level, approvalId };
}

async function refuseOutsiders(tx: Tx, plan: MissionPlan): Promise<void> {
  const wanted = [...new Set(plan.tasks.flatMap(({ assignedAgentId }) => assignedAgentId ?? []))];
  if (wanted.length === 0) return;
  const found = await tx.any<{ id: string }>(sql`
    SELECT id FROM agents WHERE id = ANY (${sql.array(wanted, 'text')}) AND crew_id = ${plan.crewId}
      AND deleted_at IS NULL`);
  if (found.length < wanted.length) throw invalidField('tasks', 'a task is assigned to an agent outside this crew');
}
