import { advanceCrew } from '../../db/crews/crew-actor.ts';
import type { Database } from '../../db/kernel/database.ts';
import type { ActorAddress } from '../../domain/outbox/outbox-command.ts';

export type CrewRowActivities = ReturnType<typeof createCrewRowActivities>;

/** The crew actor's step on its row. */
export function createCrewRowActivities(deps: { db: Database }) {
  return {
    advanceCrew: (address: ActorAddress) => advanceCrew(deps.db, address),
  };
}
