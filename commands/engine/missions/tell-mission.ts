import type { Tx } from '../../../db/kernel/transaction.ts';
import type { MissionRow } from '../../../db/work/missions/mission-row.ts';

/** Tells a running mission's workflow to look at its rows again. */
export function tellMission(tx: Tx, mission: Pick<MissionRow, 'id' | 'workspace_id' | 'generation' | 'status'>): void {
  if (mission.status !== 'IN_PROGRESS') return;
  tx.enqueue({
    kind: 'workflow',
    workflow: 'mission',
    address: { workspaceId: mission.workspace_id, id: mission.id, generation: mission.generation },
  });
}
