import { advanceEscalation, cancelEscalation } from '../../../commands/engine/escalations/close-escalation.ts';
import { workflowScope, type Database } from '../../../db/kernel/database.ts';
import { orchestratorActor } from '../../../domain/kernel/access/authority.ts';
import { CrewshipError } from '../../../domain/kernel/errors/crewship-error.ts';
import type { WorkflowAddress } from '../../../domain/kernel/outbox/outbox-command.ts';

/** The escalation workflow's steps on its row: expire it, or say when that is due. */
export function createEscalationRowActivities(deps: { db: Database }) {
  return {
    advanceEscalation: (address: WorkflowAddress) => advanceEscalation(deps.db, address),
    /** Asked for in Temporal: the row's own cancellation. One that is closed already stays as it is. */
    async withdrawEscalation(address: WorkflowAddress): Promise<void> {
      try {
        await deps.db.transaction(workflowScope(address), (tx) =>
          cancelEscalation(tx, address.id, orchestratorActor(), null),
        );
      } catch (error) {
        if (!(error instanceof CrewshipError && (error.code === 'wrong_state' || error.code === 'not_found')))
          throw error;
      }
    },
  };
}
