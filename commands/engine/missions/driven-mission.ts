import type { DrivenWorkflow } from '../../../db/kernel/driven-workflow.ts';
import { sql } from '../../../db/kernel/sql.ts';
import type { Tx } from '../../../db/kernel/transaction.ts';
import { hasStepToTake } from './advance-mission.ts';
import { lockMission, type MissionRow } from '../../../db/work/missions/mission-row.ts';

/** The rows that `missionWorkflow` workflows drive. */
export const drivenMission: DrivenWorkflow = {
  readLive: ({ afterId, only, limit, graceMs }) => sql`
    WITH live AS MATERIALIZED (SELECT * FROM missions WHERE status = 'IN_PROGRESS')
    SELECT m.id, m.workspace_id, m.generation, false AS running, (
        (m.deadline_at < now() - ${graceMs} * interval '1 millisecond' AND m.clock_stopped_at IS NULL)
        OR (m.paused_at IS NULL AND EXISTS (
          SELECT 1 FROM tasks t WHERE t.mission_id = m.id AND t.status = 'PENDING' AND t.run_id IS NULL
            AND (t.retry_at IS NULL OR t.retry_at < now() - ${graceMs} * interval '1 millisecond')))
        OR EXISTS (
          SELECT 1 FROM tasks t WHERE t.mission_id = m.id AND t.status = 'BLOCKED' AND NOT EXISTS (
            SELECT 1 FROM task_dependencies d JOIN tasks x ON x.id = d.depends_on_task_id
            WHERE d.task_id = t.id AND x.status NOT IN ('COMPLETED', 'SKIPPED', 'FAILED', 'CANCELLED')))
        OR NOT EXISTS (
          SELECT 1 FROM tasks t WHERE t.mission_id = m.id
            AND t.status NOT IN ('COMPLETED', 'SKIPPED', 'FAILED', 'CANCELLED'))
      ) IS TRUE AS overdue
    FROM live m WHERE m.id > ${afterId} AND m.id = coalesce(${only ?? null}, m.id) ORDER BY m.id ${sql.limit(limit)}`,
  readKnown: (ids) => sql`
    SELECT id, workspace_id, generation, status = 'IN_PROGRESS' AS live FROM missions
    WHERE id = ANY(${sql.array([...ids], 'text')})`,
  async lock(tx, id) {
    const mission = await lockMission(tx, id);
    if (mission === null) return null;
    return {
      generation: mission.generation,
      live: mission.status === 'IN_PROGRESS',
      crewId: mission.crew_id,
      missionId: mission.id,
      taskId: null,
      hasStep: () => hasStepToTake(tx, mission),
      raise: (generation) => raiseMission(tx, mission, generation),
    };
  },
};

/**
 * A repaired mission is the same mission: its deadline stays, and the attempts of its open tasks come along, so that
 * those that run still speak for their tasks and the next one of a task names the last.
 */
async function raiseMission(tx: Tx, mission: MissionRow, generation: number): Promise<void> {
  await tx.execute(sql`
    UPDATE missions SET generation = ${generation}, updated_at = now()
    WHERE id = ${mission.id} AND generation = ${mission.generation}`);
  await tx.execute(sql`
    UPDATE runs r SET generation = ${generation} FROM tasks t
    WHERE r.mission_id = ${mission.id} AND r.generation = ${mission.generation} AND t.id = r.task_id
      AND t.status NOT IN ('COMPLETED', 'FAILED', 'SKIPPED', 'CANCELLED')`);
  if (mission.planning_iteration !== null) {
    await tx.execute(sql`
      UPDATE runs SET generation = ${generation}
      WHERE mission_id = ${mission.id} AND generation = ${mission.generation} AND purpose = 'planning'`);
  }
  await tx.execute(sql`
    UPDATE tasks SET generation = ${generation} WHERE mission_id = ${mission.id}
      AND status NOT IN ('COMPLETED', 'FAILED', 'SKIPPED', 'CANCELLED')`);
}
