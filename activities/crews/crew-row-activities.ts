import { advanceCrew } from '../../db/crews/crew-actor.ts';
import type { Database } from '../../db/kernel/database.ts';
import { ensureCrewImage } from '../../db/provisioning/provision-commands.ts';
import type { ImageSettings } from '../../db/provisioning/wanted-image.ts';
import type { ActorAddress } from '../../domain/outbox/outbox-command.ts';

export type CrewRowActivities = ReturnType<typeof createCrewRowActivities>;

/** The crew actor's step on its row. */
export function createCrewRowActivities(deps: { db: Database; images: ImageSettings }) {
  return {
    advanceCrew: (address: ActorAddress) =>
      advanceCrew(deps.db, address, (tx, crewId) => ensureCrewImage(tx, crewId, deps.images)),
  };
}
