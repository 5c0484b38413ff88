import type { Database } from '../db/kernel/database.ts';
import { createCrewRowActivities } from './crews/crews/crew-row-activities.ts';
import { createBuildRowActivities } from './crews/provisioning/build-row-activities.ts';
import { createApprovalRowActivities } from './people/approvals/approval-row-activities.ts';
import { createEscalationRowActivities } from './people/escalations/escalation-row-activities.ts';
import { createKeeperRowActivities } from './vault/keeper/keeper-row-activities.ts';
import { createJobRowActivities } from './work/jobs/job-row-activities.ts';
import { createMissionRowActivities } from './work/missions/mission-row-activities.ts';
import { createRunRowActivities } from './work/runs/run-row-activities.ts';

export type RowActivities = ReturnType<typeof createRowActivities>;

/**
 * The steps of all workflows on their own rows: short idempotent transactions, which the control worker runs as local
 * activities.
 */
export function createRowActivities(
  deps: { readonly db: Database } & Parameters<typeof createCrewRowActivities>[0] &
    Parameters<typeof createJobRowActivities>[0] &
    Parameters<typeof createRunRowActivities>[0],
) {
  return {
    ...createMissionRowActivities(deps),
    ...createRunRowActivities(deps),
    ...createCrewRowActivities(deps),
    ...createApprovalRowActivities(deps),
    ...createEscalationRowActivities(deps),
    ...createKeeperRowActivities(deps),
    ...createBuildRowActivities(deps),
    ...createJobRowActivities(deps),
  };
}
