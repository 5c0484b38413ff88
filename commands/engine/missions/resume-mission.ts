import type { Actor } from '../../../domain/kernel/access/authority.ts';
import { CrewshipError, wrongState } from '../../../domain/kernel/errors/crewship-error.ts';
import { tasksToReset } from '../../../domain/work/missions/tasks-to-reset.ts';
import { placeCrew } from '../hosts/place-crew.ts';
import { sql } from '../../../db/kernel/sql.ts';
import type { Tx } from '../../../db/kernel/transaction.ts';
import { clearTasks } from './clear-tasks.ts';
import { journalMissionStatus, missionMoved } from './mission-journal.ts';
import type { MissionRow } from '../../../db/work/missions/mission-row.ts';
import { readSoundGraph } from '../../../db/work/missions/mission-graph.ts';
import { planAnew } from './plan-anew.ts';

/**
 * FAILED → IN_PROGRESS in one transaction, as a new generation with a renewed clock: what failed, was cancelled with
 * the mission or waited for approval is cleared together with all that depends on it; the rest stays as it is. A plan
 * that failed or was under way is begun again. Throws
 * `wrong_state`, `forbidden` while held for review, `invalid_request` for a bad DAG or when there is nothing to resume,
 * `no_live_host`.
 */
export async function resumeMission(tx: Tx, mission: MissionRow, actor: Actor): Promise<{ resetTasks: number }> {
  if (mission.held) throw new CrewshipError('forbidden', 'the mission is held until it is reviewed');
  if (mission.status !== 'FAILED') throw wrongState('mission', mission.status);
  const taskIds = tasksToReset(await readSoundGraph(tx, mission.id));
  const isPlanning = mission.planning_iteration !== null;
  if (taskIds.length === 0 && !isPlanning) {
    throw new CrewshipError('invalid_request', 'no task of this mission failed; restart it instead');
  }
  await placeCrew(tx, mission.crew_id);
  const generation = mission.generation + 1;
  await tx.execute(sql`
    UPDATE missions SET status = 'IN_PROGRESS', generation = ${generation}, settle_armed = true, paused_at = NULL,
      clock_stopped_at = NULL, clock_stop_ends_at = NULL, updated_at = now(), completed_at = NULL,
      failure_reason = NULL, ${planAnew(isPlanning)},
      started_at = coalesce(started_at, now()), deadline_at = now() + timeout_ms * interval '1 millisecond'
    WHERE id = ${mission.id} AND generation = ${mission.generation} AND status = 'FAILED'`);
  await clearTasks(tx, mission, { generation, taskIds, actor, reason: 'mission resumed' });
  journalMissionStatus(tx, mission, { to: 'IN_PROGRESS', generation, step: 'resume', actor });
  tx.enqueue({
    kind: 'workflow',
    workflow: 'mission',
    address: { workspaceId: mission.workspace_id, id: mission.id, generation },
  });
  await missionMoved(tx, mission, 'IN_PROGRESS', actor);
  return { resetTasks: taskIds.length };
}
