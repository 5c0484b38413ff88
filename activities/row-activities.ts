import type { Database } from '../db/kernel/database.ts';
import { createCrewRowActivities } from './crews/crews/crew-row-activities.ts';
import { createBuildRowActivities } from './crews/provisioning/build-row-activities.ts';
import { createEscalationActivities } from './people/escalations/escalation-activities.ts';
import { createMissionActivities } from './work/missions/mission-activities.ts';
import { createRunRowActivities } from './work/runs/run-row-activities.ts';

export type RowActivities = ReturnType<typeof createRowActivities>;

/** The steps of all actors on their own rows: short idempotent transactions, which the control worker runs as local activities. */
export function createRowActivities(
  deps: { readonly db: Database } & Parameters<typeof createCrewRowActivities>[0] &
    Parameters<typeof createRunRowActivities>[0],
) {
  return {
    ...createMissionActivities(deps),
    ...createRunRowActivities(deps),
    ...createCrewRowActivities(deps),
    ...createEscalationActivities(deps),
    ...createBuildRowActivities(deps),
  };
}
