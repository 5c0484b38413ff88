import { workflowScope, type Database } from '../../../db/kernel/database.ts';
import { advanceMission } from '../../../commands/engine/missions/advance-mission.ts';
import { cancelGeneration } from '../../../commands/engine/missions/mission-commands.ts';
import { orchestratorActor } from '../../../domain/kernel/access/authority.ts';
import type { WorkflowAddress } from '../../../domain/kernel/outbox/outbox-command.ts';

/** The mission workflow's steps on its rows. */
export function createMissionRowActivities(deps: { db: Database }) {
  return {
    advanceMission: (address: WorkflowAddress) => advanceMission(deps.db, address),
    /** Asked for in Temporal: the row's own cancellation. */
    cancelMission: (address: WorkflowAddress) =>
      deps.db.transaction(workflowScope(address), (tx) => cancelGeneration(tx, address, orchestratorActor())),
  };
}
