import { advanceBuild } from '../../../commands/engine/provisioning/advance-build.ts';
import { endBuild } from '../../../commands/engine/provisioning/end-build.ts';
import type { Database } from '../../../db/kernel/database.ts';
import type { WorkflowAddress } from '../../../domain/kernel/outbox/outbox-command.ts';

/** The build workflow's steps on its row. */
export function createBuildRowActivities(deps: { db: Database }) {
  return {
    advanceBuild: (address: WorkflowAddress) => advanceBuild(deps.db, address),
    /** Asked for in Temporal: for all who follow it. */
    async cancelBuild(address: WorkflowAddress): Promise<void> {
      await endBuild(deps.db, address, { kind: 'cancelled' });
    },
  };
}
