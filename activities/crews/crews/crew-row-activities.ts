import { advanceCrew } from '../../../commands/engine/crews/advance-crew.ts';
import type { Database } from '../../../db/kernel/database.ts';
import { ensureCrewImage } from '../../../commands/engine/provisioning/provision-commands.ts';
import type { ImageSettings } from '../../../commands/engine/provisioning/wanted-image.ts';
import type { ActorAddress } from '../../../domain/kernel/outbox/outbox-command.ts';

/** The crew actor's step on its row. */
export function createCrewRowActivities(deps: { db: Database; images: ImageSettings }) {
  return {
    advanceCrew: (address: ActorAddress) =>
      advanceCrew(deps.db, address, (tx, crewId) => ensureCrewImage(tx, crewId, deps.images)),
  };
}
