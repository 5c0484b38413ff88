import { CrewshipError } from '../../../domain/kernel/errors/crewship-error.ts';
import { createSharedPlaces } from '../../../platform/limits/shared-places.ts';

/** Places for what is imported: it takes long, so the limit of requests under way does not count it. */
export interface ImportPlaces {
  /** Works in one of the places that everybody shares. Throws `unavailable` when there is none. */
  share<Result>(workspaceId: string, work: () => Promise<Result>): Promise<Result>;
  /** The same for a repository, of which a workspace imports one at a time. */
  shareRepository<Result>(workspaceId: string, work: () => Promise<Result>): Promise<Result>;
}

/** Each may hold some hundred megabytes of a repository for a minute. */
const REPOSITORIES = 2;
const MOST = 64;

/** Of one process. */
export function createImportPlaces(): ImportPlaces {
  const places = createSharedPlaces(MOST);
  const repositories = new Set<string>();
  return {
    async share(workspaceId, work) {
      const leave = places.take(workspaceId);
      if (leave === null) throw new CrewshipError('unavailable', 'too many skills are being imported; try again');
      try {
        return await work();
      } finally {
        leave();
      }
    },
    async shareRepository(workspaceId, work) {
      if (repositories.has(workspaceId) || repositories.size >= REPOSITORIES) {
        throw new CrewshipError('unavailable', 'other repositories are being imported; try again');
      }
      repositories.add(workspaceId);
      try {
        return await work();
      } finally {
        repositories.delete(workspaceId);
      }
    },
  };
}
