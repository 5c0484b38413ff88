import { advanceKeeperRequest } from '../../../commands/engine/keeper/advance-keeper-request.ts';
import { withdrawKeeperRequest } from '../../../commands/engine/keeper/decide-keeper-request.ts';
import { loseExecution } from '../../../commands/engine/keeper/keeper-execution.ts';
import type { Database } from '../../../db/kernel/database.ts';
import type { WorkflowAddress } from '../../../domain/kernel/outbox/outbox-command.ts';

/** The steps of a keeper's request on its row. */
export function createKeeperRowActivities(deps: { readonly db: Database }) {
  return {
    advanceKeeperRequest: (address: WorkflowAddress) => advanceKeeperRequest(deps.db, address),
    withdrawKeeperRequest: (address: WorkflowAddress) => withdrawKeeperRequest(deps.db, address),
    /** The host that was to run the command did not say how it ended. */
    loseExecution: (address: WorkflowAddress, error: string) => loseExecution(deps.db, address, error),
  };
}
