import { advanceCrew } from '../../../commands/engine/crews/advance-crew.ts';
import type { Database } from '../../../db/kernel/database.ts';
import { ensureCrewImage } from '../../../commands/engine/provisioning/provision-commands.ts';
import type { ImageSettings } from '../../../commands/engine/provisioning/wanted-image.ts';
import type { WorkflowAddress } from '../../../domain/kernel/outbox/outbox-command.ts';

/** The crew workflow's step on its row. */
export function createCrewRowActivities(deps: { db: Database; images: ImageSettings }) {
  return {
    advanceCrew: (address: WorkflowAddress) =>
      advanceCrew(deps.db, address, (tx, crewId) => ensureCrewImage(tx, crewId, deps.images)),
  };
}
