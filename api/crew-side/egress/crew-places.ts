import { CrewshipError } from '../../../domain/kernel/errors/crewship-error.ts';

/** How many ways out each crew has open, so that one of them does not use up what all share. */
export interface CrewPlaces {
  /** Returns what gives the place back, once. Throws `rate_limited` when the crew has no more. */
  take(crewId: string): () => void;
}

export function createCrewPlaces(limit: number): CrewPlaces {
  const taken = new Map<string, number>();
  return {
    take(crewId) {
      const count = taken.get(crewId) ?? 0;
      if (count >= limit) throw new CrewshipError('rate_limited', `this crew has ${limit} connections open; try again`);
      taken.set(crewId, count + 1);
      let isTaken = true;
      return () => {
        if (!isTaken) return;
        isTaken = false;
        const now = taken.get(crewId)! - 1;
        if (now === 0) taken.delete(crewId);
        else taken.set(crewId, now);
      };
    },
  };
}
