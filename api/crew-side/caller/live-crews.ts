import { findCrewWorkspaces } from '../../../db/crews/crews/crew-workspaces.ts';
import type { ReadPool } from '../../../db/kernel/read-pool.ts';

/** A crew that was deleted is refused this much later at most. */
const FORGET_MS = 5_000;
const MAX_KNOWN = 10_000;

/** The workspace of a live crew, by its id; null for one that is not there. */
export type FindLiveCrew = (crewId: string) => Promise<string | null>;

/**
 * Remembers live crews for a moment: who calls over the network calls again. A crew that is missing is looked for anew.
 */
export function createLiveCrews(systemReads: ReadPool): FindLiveCrew {
  let known = new Map<string, string>();
  let forgetAt = 0;
  return async (crewId) => {
    if (performance.now() > forgetAt || known.size > MAX_KNOWN) {
      known = new Map();
      forgetAt = performance.now() + FORGET_MS;
    }
    const remembered = known.get(crewId);
    if (remembered !== undefined) return remembered;
    const workspaceId = (await findCrewWorkspaces(systemReads, [crewId])).get(crewId) ?? null;
    if (workspaceId !== null) known.set(crewId, workspaceId);
    return workspaceId;
  };
}
