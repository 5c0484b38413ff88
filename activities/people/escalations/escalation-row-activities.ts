import { advanceEscalation, cancelEscalation } from '../../../commands/engine/escalations/close-escalation.ts';
import { actorScope, type Database } from '../../../db/kernel/database.ts';
import { orchestratorActor } from '../../../domain/kernel/access/authority.ts';
import { CrewshipError } from '../../../domain/kernel/errors/crewship-error.ts';
import type { ActorAddress } from '../../../domain/kernel/outbox/outbox-command.ts';

/** The escalation actor's steps on its row: expire it, or say when that is due. */
export function createEscalationRowActivities(deps: { db: Database }) {
  return {
    advanceEscalation: (address: ActorAddress) => advanceEscalation(deps.db, address),
    /** Asked for in Temporal: the row's own cancellation. One that is closed already stays as it is. */
    async withdrawEscalation(address: ActorAddress): Promise<void> {
      try {
        await deps.db.transaction(actorScope(address), (tx) =>
          cancelEscalation(tx, address.id, orchestratorActor(), null),
        );
      } catch (error) {
        if (!(error instanceof CrewshipError && (error.code === 'wrong_state' || error.code === 'not_found')))
          throw error;
      }
    },
  };
}
