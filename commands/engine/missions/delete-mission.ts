import type { Actor } from '../../../domain/kernel/access/authority.ts';
import { wrongState } from '../../../domain/kernel/errors/crewship-error.ts';
import { cancelApprovalsOfMission } from '../approvals/approval-commands.ts';
import { cancelEscalationsOfMission } from '../escalations/close-escalation.ts';
import { auditEntry } from '../../../domain/evidence/journal/audit-entry.ts';
import { sql } from '../../../db/kernel/sql.ts';
import type { Tx } from '../../../db/kernel/transaction.ts';
import type { MissionRow } from '../../../db/work/missions/mission-row.ts';

/**
 * Deletes a locked mission in PLANNING or CANCELLED: its row, tasks and chat. The evidence stays: journal entries, runs
 * with their output, escalations and approvals name the mission by its id only. An attempt that is still being stopped
 * ends as it would have. Throws `wrong_state`.
 */
export async function deleteMission(tx: Tx, mission: MissionRow, actor: Actor): Promise<void> {
  if (mission.status !== 'PLANNING' && mission.status !== 'CANCELLED') throw wrongState('mission', mission.status);
  await cancelEscalationsOfMission(tx, mission.id, actor, 'mission deleted');
  await cancelApprovalsOfMission(tx, mission, actor);
  const tasks = Object.values(mission.task_counts).reduce((sum, count) => sum + count, 0);
  tx.journal({
    ...auditEntry('deleted', {
      actor,
      workspaceId: mission.workspace_id,
      crewId: mission.crew_id,
      targetType: 'mission',
      targetId: mission.id,
      label: mission.id,
      payload: { status: mission.status, generation: mission.generation, tasks },
    }),
    transitionId: `mission-${mission.id}-${mission.generation}:deleted`,
    missionId: mission.id,
    severity: 'notice',
    traceId: mission.trace_id,
  });
  await tx.execute(sql`
    DELETE FROM missions WHERE id = ${mission.id} AND generation = ${mission.generation}
      AND status = ${mission.status}`);
}
