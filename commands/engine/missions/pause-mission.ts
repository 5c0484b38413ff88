import type { Actor } from '../../../domain/kernel/access/authority.ts';
import { wrongState } from '../../../domain/kernel/errors/crewship-error.ts';
import { sql } from '../../../db/kernel/sql.ts';
import type { Tx } from '../../../db/kernel/transaction.ts';
import { admitRuns } from '../runs/queue-runs.ts';
import { syncMissionClock } from './mission-clock.ts';
import type { MissionRow } from '../../../db/work/missions/mission-row.ts';
import { tellMission } from './tell-mission.ts';

/**
 * Stops a locked IN_PROGRESS mission from starting anything: no task is dispatched, attempts that wait for a place
 * leave the queue, its clock stands. What runs goes on. Pausing it again changes nothing. Throws `wrong_state`.
 */
export async function pauseMission(tx: Tx, mission: MissionRow, actor: Actor): Promise<void> {
  if (mission.status !== 'IN_PROGRESS') throw wrongState('mission', mission.status);
  if (mission.paused_at !== null) return;
  await tx.execute(sql`
    UPDATE missions SET paused_at = now(), updated_at = now()
    WHERE id = ${mission.id} AND generation = ${mission.generation} AND status = 'IN_PROGRESS'`);
  await syncMissionClock(tx, mission.id);
  await tx.one(sql`SELECT crewship_park_runs(${mission.id}) AS parked`);
  journalPause(tx, mission, actor, 'paused');
  tellMission(tx, mission);
}

/** Lets a paused mission go on; its deadline moves on by the time it stood. Repeating it changes nothing. */
export async function unpauseMission(tx: Tx, mission: MissionRow, actor: Actor): Promise<void> {
  if (mission.status !== 'IN_PROGRESS') throw wrongState('mission', mission.status);
  if (mission.paused_at === null) return;
  await tx.execute(sql`
    UPDATE missions SET paused_at = NULL, updated_at = now()
    WHERE id = ${mission.id} AND generation = ${mission.generation} AND status = 'IN_PROGRESS'`);
  await syncMissionClock(tx, mission.id);
  const { host_id: hostId } = await tx.one<{ host_id: string | null }>(sql`
    SELECT host_id FROM crews WHERE id = ${mission.crew_id}`);
  await tx.execute(sql`
    UPDATE runs SET host_id = ${hostId} WHERE mission_id = ${mission.id} AND status = 'QUEUED' AND host_id IS NULL`);
  journalPause(tx, mission, actor, 'unpaused');
  tellMission(tx, mission);
  await admitRuns(tx, hostId);
}

function journalPause(tx: Tx, mission: MissionRow, actor: Actor, verb: 'paused' | 'unpaused'): void {
  tx.journal({
    type: `mission.${verb}`,
    severity: 'notice',
    actor,
    workspaceId: mission.workspace_id,
    crewId: mission.crew_id,
    missionId: mission.id,
    targetType: 'mission',
    targetId: mission.id,
    summary: `mission ${verb}`,
    payload: { mission_id: mission.id, generation: mission.generation },
    traceId: mission.trace_id,
  });
}
