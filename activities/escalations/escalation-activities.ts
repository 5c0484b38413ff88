import { advanceEscalation } from '../../db/escalations/close-escalation.ts';
import type { Database } from '../../db/kernel/database.ts';
import type { ActorAddress } from '../../domain/outbox/outbox-command.ts';

export type EscalationActivities = ReturnType<typeof createEscalationActivities>;

/** The escalation actor's only activity: expire the row, or say when that is due. */
export function createEscalationActivities(deps: { db: Database }) {
  return {
    advanceEscalation: (address: ActorAddress) => advanceEscalation(deps.db, address),
  };
}
