import type { Actor } from '../../../domain/kernel/access/authority.ts';
import { CrewshipError, invalidField, notFound, wrongState } from '../../../domain/kernel/errors/crewship-error.ts';
import { canPatchMission, type MissionStatus, RESTARTABLE } from '../../../domain/work/missions/mission-status.ts';
import { newId } from '../../../platform/ids/ids.ts';
import { refuseUnderReview } from '../agents/agent-commands.ts';
import { MISSION_PREFIX } from '../../../domain/work/missions/mission.ts';
import { placeCrew } from '../hosts/place-crew.ts';
import { sql } from '../../../db/kernel/sql.ts';
import type { Tx } from '../../../db/kernel/transaction.ts';
import { nextNumber } from '../../../db/work/identifiers/next-number.ts';
import { cancelOpenWork } from './cancel-open-work.ts';
import { clearTasks } from './clear-tasks.ts';
import { readSoundGraph } from '../../../db/work/missions/mission-graph.ts';
import { journalMissionStatus, missionMoved } from './mission-journal.ts';
import { planAnew } from './plan-anew.ts';
import { lockMission, type MissionRow } from '../../../db/work/missions/mission-row.ts';
import { tellMission } from './tell-mission.ts';

export interface NewMission {
  /** Default: a new CUID. */
  readonly id?: string;
  readonly workspaceId: string;
  readonly crewId: string;
  readonly leadAgentId: string;
  readonly title: string;
  readonly description: string | null;
  readonly plan?: string | null;
  readonly workflowTemplate: string | null;
  readonly timeoutMs: number | null;
  readonly createdBy: string | null;
  /** Made by an agent of the crew: counts against the crew's limit of such missions. */
  readonly agentCreated?: boolean;
  /** Not to be started until it is approved. */
  readonly held?: boolean;
  readonly clonedFrom?: string;
  /** The issue that it works on. */
  readonly issueId?: string;
  /** The checkpoint that it begins at. */
  readonly forkedFrom?: string;
}

/**
 * A mission in PLANNING, with its chat (same id, mode MISSION) so that what its agents raise attaches to it. The crew
 * exists in the workspace. Throws `not_found` when the crew was deleted, `invalid_request` naming `lead_agent_id` when
 * it is not a live LEAD of the crew.
 */
export async function createMission(tx: Tx, mission: NewMission, actor: Actor): Promise<string> {
  // The crew first: its deletion either waits for this mission and cancels it, or is seen here.
  const crew = await tx.maybeOne(
    sql`SELECT 1 FROM crews WHERE id = ${mission.crewId} AND deleted_at IS NULL FOR SHARE`,
  );
  if (crew === null) throw notFound('crew');
  const lead = await tx.maybeOne<{ status: string }>(sql`
    SELECT status FROM agents WHERE id = ${mission.leadAgentId} AND crew_id = ${mission.crewId} AND agent_role = 'LEAD'
      AND deleted_at IS NULL FOR SHARE`);
  if (lead === null) throw invalidField('lead_agent_id', 'must be the LEAD of this crew');
  refuseUnderReview(lead);
  const id = mission.id ?? newId();
  const number = await nextNumber(tx, mission.workspaceId, MISSION_PREFIX);
  await tx.execute(sql`
    INSERT INTO missions (id, workspace_id, crew_id, lead_agent_id, trace_id, title, description, workflow_template,
      plan, timeout_ms, created_by, agent_created, held, number, issue_id)
    VALUES (${id}, ${mission.workspaceId}, ${mission.crewId}, ${mission.leadAgentId}, ${`mission-${id}`},
      ${mission.title}, ${mission.description}, ${mission.workflowTemplate}, ${mission.plan ?? null},
      coalesce(${mission.timeoutMs}::bigint, 7200000), ${mission.createdBy}, ${mission.agentCreated ?? false},
      ${mission.held ?? false}, ${number}, ${mission.issueId ?? null})`);
  await tx.execute(sql`
    INSERT INTO chats (id, workspace_id, crew_id, agent_id, mission_id, user_id, title, mode, origin)
    VALUES (${id}, ${mission.workspaceId}, ${mission.crewId}, ${mission.leadAgentId}, ${id}, ${mission.createdBy},
      ${mission.title}, 'MISSION', 'MISSION')`);
  tx.journal({
    transitionId: `mission-${id}-0:created`,
    type: 'mission.created',
    actor,
    workspaceId: mission.workspaceId,
    crewId: mission.crewId,
    agentId: mission.leadAgentId,
    missionId: id,
    targetType: 'mission',
    targetId: id,
    summary: 'mission created',
    payload: {
      mission_id: id,
      identifier: `${MISSION_PREFIX}-${number}`,
      status: 'PLANNING',
      ...(mission.clonedFrom === undefined ? {} : { cloned_from: mission.clonedFrom }),
      ...(mission.forkedFrom === undefined ? {} : { forked_from: mission.forkedFrom }),
    },
    traceId: `mission-${id}`,
  });
  return id;
}

/** Locks a mission of the given crew (any crew when null); missing, foreign and another crew's read alike. */
export async function lockMissionOf(tx: Tx, crewId: string | null, missionId: string): Promise<MissionRow> {
  const mission = await lockMission(tx, missionId);
  if (mission === null || (crewId !== null && mission.crew_id !== crewId)) throw notFound('mission');
  return mission;
}

/**
 * PLANNING → IN_PROGRESS: a new generation, its deadline, and the command that starts its workflow. Without tasks it
 * begins with a plan of its lead. Throws `wrong_state`
 * with the state reached, `invalid_request` naming a bad DAG, `forbidden` while held for review, `no_live_host` when
 * the crew has no host and none is up.
 */
export async function startMission(tx: Tx, mission: MissionRow, actor: Actor): Promise<{ generation: number }> {
  if (mission.held) throw new CrewshipError('forbidden', 'the mission is held until it is reviewed');
  if (mission.status !== 'PLANNING') throw wrongState('mission', mission.status);
  const tasks = await readSoundGraph(tx, mission.id);
  await placeCrew(tx, mission.crew_id);
  const generation = mission.generation + 1;
  await tx.execute(sql`
    UPDATE missions SET status = 'IN_PROGRESS', generation = ${generation}, settle_armed = true, paused_at = NULL,
      clock_stopped_at = NULL, clock_stop_ends_at = NULL, started_at = now(), updated_at = now(), completed_at = NULL,
      failure_reason = NULL, ${planAnew(tasks.length === 0)},
      deadline_at = now() + timeout_ms * interval '1 millisecond'
    WHERE id = ${mission.id} AND generation = ${mission.generation} AND status = 'PLANNING'`);
  await tx.execute(sql`
    UPDATE tasks SET generation = ${generation} WHERE mission_id = ${mission.id}
      AND status NOT IN ('COMPLETED', 'FAILED', 'SKIPPED', 'CANCELLED')`);
  journalMissionStatus(tx, mission, { to: 'IN_PROGRESS', generation, step: 'start', actor });
  tx.enqueue({
    kind: 'workflow',
    workflow: 'mission',
    address: { workspaceId: mission.workspace_id, id: mission.id, generation },
  });
  await missionMoved(tx, mission, 'IN_PROGRESS', actor);
  return { generation };
}

/**
 * COMPLETED, FAILED or CANCELLED → PLANNING, as a new generation. COMPLETED tasks stay; every other one is cleared,
 * gets the next iteration, and is PENDING or BLOCKED by its dependencies.
 */
export async function restartMission(tx: Tx, mission: MissionRow, actor: Actor): Promise<void> {
  if (!RESTARTABLE.includes(mission.status)) throw wrongState('mission', mission.status);
  const generation = mission.generation + 1;
  await tx.execute(sql`
    UPDATE missions SET status = 'PLANNING', generation = ${generation}, settle_armed = false, paused_at = NULL,
      clock_stopped_at = NULL, clock_stop_ends_at = NULL, deadline_at = NULL, completed_at = NULL,
      failure_reason = NULL, updated_at = now(), ${planAnew(false)}
    WHERE id = ${mission.id} AND generation = ${mission.generation}`);
  const tasks = await tx.any<{ id: string }>(sql`
    SELECT id FROM tasks WHERE mission_id = ${mission.id} AND status <> 'COMPLETED'`);
  const taskIds = tasks.map((task) => task.id);
  await clearTasks(tx, mission, { generation, taskIds, actor, reason: 'mission restarted' });
  journalMissionStatus(tx, mission, { to: 'PLANNING', generation, step: 'restart', actor });
  await missionMoved(tx, mission, 'PLANNING', actor);
}

export interface MissionPatch {
  readonly title?: string | undefined;
  readonly description?: string | null | undefined;
  readonly plan?: string | null | undefined;
  readonly status?: MissionStatus | undefined;
}

/**
 * Edits and hand-made transitions. Throws `wrong_state` with the state reached when the table forbids the transition.
 */
export async function patchMission(tx: Tx, mission: MissionRow, patch: MissionPatch, actor: Actor): Promise<void> {
  const changed = Object.entries(patch).flatMap(([key, value]) =>
    value === undefined || key === 'status' ? [] : [key],
  );
  if (changed.length > 0) {
    await tx.execute(sql`
      UPDATE missions SET updated_at = now(),
        title = CASE WHEN ${patch.title !== undefined} THEN ${patch.title ?? null} ELSE title END,
        description = CASE WHEN ${patch.description !== undefined} THEN ${patch.description ?? null}
          ELSE description END,
        plan = CASE WHEN ${patch.plan !== undefined} THEN ${patch.plan ?? null} ELSE plan END
      WHERE id = ${mission.id}`);
    tx.journal({
      type: 'audit.entity_updated',
      actor,
      workspaceId: mission.workspace_id,
      crewId: mission.crew_id,
      missionId: mission.id,
      targetType: 'mission',
      targetId: mission.id,
      summary: 'mission updated',
      payload: { fields: changed },
      traceId: mission.trace_id,
    });
  }
  if (patch.status === undefined || patch.status === mission.status) return;
  if (!canPatchMission(mission.status, patch.status)) {
    throw wrongState('mission', mission.status, `a mission that is ${mission.status} cannot become ${patch.status}`);
  }
  if (mission.status === 'PLANNING' && patch.status === 'IN_PROGRESS') await startMission(tx, mission, actor);
  else if (mission.status === 'REVIEW' && patch.status === 'IN_PROGRESS') await reopenMission(tx, mission, actor);
  else await endMission(tx, mission, patch.status, actor);
}

/**
 * REVIEW → IN_PROGRESS by hand: a new generation with a renewed clock that ends only after a task has moved in it. A
 * plan that was under way is begun again.
 */
async function reopenMission(tx: Tx, mission: MissionRow, actor: Actor): Promise<void> {
  await placeCrew(tx, mission.crew_id);
  const generation = mission.generation + 1;
  await tx.execute(sql`
    UPDATE missions SET status = 'IN_PROGRESS', generation = ${generation}, settle_armed = false, updated_at = now(),
      completed_at = NULL, paused_at = NULL, clock_stopped_at = NULL, clock_stop_ends_at = NULL,
      deadline_at = now() + timeout_ms * interval '1 millisecond', ${planAnew(mission.planning_iteration !== null)}
    WHERE id = ${mission.id} AND generation = ${mission.generation}`);
  await tx.execute(sql`
    UPDATE tasks SET generation = ${generation} WHERE mission_id = ${mission.id}
      AND status NOT IN ('COMPLETED', 'FAILED', 'SKIPPED', 'CANCELLED')`);
  journalMissionStatus(tx, mission, { to: 'IN_PROGRESS', generation, step: 'reopen', actor });
  tx.enqueue({
    kind: 'workflow',
    workflow: 'mission',
    address: { workspaceId: mission.workspace_id, id: mission.id, generation },
  });
  await missionMoved(tx, mission, 'IN_PROGRESS', actor);
}

/**
 * Cancels a mission that is not over, for a reason that the journal keeps. Throws `wrong_state` with the state reached.
 */
export async function cancelMission(tx: Tx, mission: MissionRow, reason: string | null, actor: Actor): Promise<void> {
  if (!canPatchMission(mission.status, 'CANCELLED')) throw wrongState('mission', mission.status);
  await endMission(tx, mission, 'CANCELLED', actor, reason ?? undefined);
}

/** A hand-made end (or REVIEW). The running workflow is told, so that it closes. */
async function endMission(
  tx: Tx,
  mission: MissionRow,
  to: MissionStatus,
  actor: Actor,
  reason = 'set by hand',
): Promise<void> {
  await tx.execute(sql`
    UPDATE missions SET status = ${to}, completed_at = coalesce(completed_at, now()), updated_at = now(),
      deadline_at = NULL, paused_at = NULL, clock_stopped_at = NULL, clock_stop_ends_at = NULL, settle_armed = false,
      failure_reason = CASE WHEN ${to} = 'FAILED' THEN 'set by hand' ELSE failure_reason END
    WHERE id = ${mission.id} AND generation = ${mission.generation}`);
  journalMissionStatus(tx, mission, {
    to,
    generation: mission.generation,
    step: `set-${to.toLowerCase()}`,
    actor,
    reason,
  });
  if (to !== 'COMPLETED') await cancelOpenWork(tx, mission, actor, `mission ${to.toLowerCase()}`);
  tellMission(tx, mission);
  await missionMoved(tx, mission, to, actor);
}

/** Cancels a mission that is still in this generation and not over; otherwise changes nothing. */
export async function cancelGeneration(
  tx: Tx,
  address: { readonly id: string; readonly generation: number },
  actor: Actor,
): Promise<void> {
  const mission = await lockMission(tx, address.id);
  if (mission === null || mission.generation !== address.generation) return;
  if (canPatchMission(mission.status, 'CANCELLED')) await endMission(tx, mission, 'CANCELLED', actor);
}

/** Cancels every live mission of a crew that is being deleted. */
export async function cancelMissionsOfCrew(tx: Tx, crewId: string, actor: Actor): Promise<void> {
  const live = await tx.any<{ id: string }>(sql`
    SELECT id FROM missions WHERE crew_id = ${crewId} AND status IN ('PLANNING', 'IN_PROGRESS', 'REVIEW') ORDER BY id`);
  for (const { id } of live) {
    const mission = await lockMission(tx, id);
    if (mission !== null && canPatchMission(mission.status, 'CANCELLED')) {
      await endMission(tx, mission, 'CANCELLED', actor);
    }
  }
}
