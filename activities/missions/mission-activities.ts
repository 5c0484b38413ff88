import type { Database } from '../../db/kernel/database.ts';
import { advanceMission } from '../../db/missions/advance-mission.ts';
import type { ActorAddress } from '../../domain/outbox/outbox-command.ts';

export type MissionActivities = ReturnType<typeof createMissionActivities>;

/** The mission actor's only activity: one step on its rows. */
export function createMissionActivities(deps: { db: Database }) {
  return {
    advanceMission: (address: ActorAddress) => advanceMission(deps.db, address),
  };
}
