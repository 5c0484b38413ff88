import { findLiveCrew, type LiveCrew } from '../../../db/crews/crews/live-crew.ts';
import type { ReadPool } from '../../../db/kernel/read-pool.ts';

/** What changed of a crew, and that it was deleted, is seen this much later at most. */
const FORGET_MS = 5_000;
const MAX_KNOWN = 10_000;

/** A live crew by its id; null for one that is not there. With `generation`, of no older one than that. */
export type FindLiveCrew = (crewId: string, generation?: number) => Promise<LiveCrew | null>;

/**
 * Remembers live crews for a moment: who calls over the network calls again. A crew that is missing, or that is known
 * by an older generation than the caller's, is looked for anew.
 */
export function createLiveCrews(systemReads: ReadPool): FindLiveCrew {
  let known = new Map<string, LiveCrew>();
  let forgetAt = 0;
  return async (crewId, generation = 0) => {
    if (performance.now() > forgetAt || known.size > MAX_KNOWN) {
      known = new Map();
      forgetAt = performance.now() + FORGET_MS;
    }
    const remembered = known.get(crewId);
    if (remembered !== undefined && remembered.generation >= generation) return remembered;
    const crew = await findLiveCrew(systemReads, crewId);
    if (crew !== null) known.set(crewId, crew);
    return crew;
  };
}
