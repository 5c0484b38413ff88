import { createSharedPlaces } from '../../../platform/limits/shared-places.ts';
import type { CrewScope } from '../caller/crew-scope.ts';
import { CrewshipError } from '../../../domain/kernel/errors/crewship-error.ts';

/** How many ways out each crew has open, so that one of them does not use up what all share. */
export interface CrewPlaces {
  /**
   * Returns what gives the place back, once. Throws `rate_limited` when the crew has no more, `unavailable` when this
   * process has none for its workspace.
   */
  take(crew: CrewScope): () => void;
}

/** `limit` for a crew, `total` for all, of which some are kept for workspaces that have few. */
export function createCrewPlaces({ limit, total }: { readonly limit: number; readonly total: number }): CrewPlaces {
  const shared = createSharedPlaces(total);
  const taken = new Map<string, number>();
  return {
    take({ crewId, workspaceId }) {
      const count = taken.get(crewId) ?? 0;
      if (count >= limit) throw new CrewshipError('rate_limited', `this crew has ${limit} connections open; try again`);
      const leave = shared.take(workspaceId);
      if (leave === null) throw new CrewshipError('unavailable', 'too many connections are open here; try again');
      taken.set(crewId, count + 1);
      let isTaken = true;
      return () => {
        if (!isTaken) return;
        isTaken = false;
        leave();
        const now = taken.get(crewId)! - 1;
        if (now === 0) taken.delete(crewId);
        else taken.set(crewId, now);
      };
    },
  };
}
