import type { Actor } from '../../../domain/kernel/access/authority.ts';
import { cutTitle } from '../../../domain/work/missions/mission.ts';
import type { Tx } from '../../../db/kernel/transaction.ts';
import { copyMission } from './copy-mission.ts';
import { readSoundGraph } from '../../../db/work/missions/mission-graph.ts';
import type { MissionRow } from '../../../db/work/missions/mission-row.ts';

const SUFFIX = ' (copy)';

/**
 * A new mission in PLANNING like a locked one, none of its tasks begun. Throws `invalid_request` for a bad DAG, and
 * what {@link copyMission} throws.
 */
export async function cloneMission(
  tx: Tx,
  mission: MissionRow,
  createdBy: string | null,
  actor: Actor,
): Promise<string> {
  const tasks = (await readSoundGraph(tx, mission.id)).map(({ id, dependsOn }) => ({
    id,
    status: dependsOn.length === 0 ? ('PENDING' as const) : ('BLOCKED' as const),
    keepsResult: false,
    dependsOn,
  }));
  const title = cutTitle(mission.title, SUFFIX.length) + SUFFIX;
  return copyMission(tx, mission, { title, tasks, createdBy, actor, clonedFrom: mission.id });
}
