import { recordBuildOutput } from '../../../commands/engine/provisioning/advance-build.ts';
import type { Database } from '../../../db/kernel/database.ts';
import type { WakeBus } from '../../../platform/bus/wake-bus.ts';

/**
 * Stores the last lines of a build's output, and says to the processes that sockets are connected to that the status of
 * each crew that follows it has new ones. Nobody waits for that: the next lines are announced too.
 */
export async function storeBuildOutput(
  deps: { readonly db: Pick<Database, 'systemStatement'>; readonly bus: Pick<WakeBus, 'publish'> },
  buildId: string,
  logTail: readonly string[],
): Promise<void> {
  for (const { workspace_id: workspaceId, crew_id: id } of await recordBuildOutput(deps.db, buildId, logTail)) {
    deps.bus.publish({ topic: 'provision_log', workspaceId, id }).catch(() => {});
  }
}
