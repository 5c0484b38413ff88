import type { ReadPool } from '../../../db/kernel/read-pool.ts';
import { idsOfMissions } from '../../../db/work/missions/read-missions.ts';
import { MISSION_IDENTIFIER } from '../../../domain/work/missions/mission.ts';
import type { SpokenNames } from '../../http/kernel/spoken-names.ts';

/** Missions are `MIS-<n>` wherever their id is taken: docs/contracts/missions.md, Identifiers. */
export function missionNames(reads: ReadPool): SpokenNames {
  return {
    member: /^(?:missionId|(?:[a-z]+_)?mission_id)$/,
    name: MISSION_IDENTIFIER,
    idsOf: (workspaceId, names) => idsOfMissions(reads, workspaceId, names),
  };
}
