import { BUILD_LABEL, type BuildDeps, BuildError, type BuildTarget } from './build-types.ts';

export const CACHE_REPOSITORY = 'crewship-cache';
/** The first is the name that people know; the others are for the case that another hash begins alike. */
const TAG_LENGTHS = [12, 16, 24, 32, 64] as const;

/**
 * Names the image `crewship-cache:<first 12 hex of its hash>`. The name is taken from an older image of the same hash,
 * never from one of another: then more of the hash is the name. Idempotent.
 */
export async function tagBuild(
  deps: Pick<BuildDeps, 'docker'>,
  target: Pick<BuildTarget, 'configHash'>,
  imageId: string,
): Promise<{ tag: string }> {
  for (const length of TAG_LENGTHS) {
    const suffix = target.configHash.slice(0, length);
    const tag = `${CACHE_REPOSITORY}:${suffix}`;
    const holder = await deps.docker.inspectImage(tag);
    if (holder?.id === imageId) return { tag };
    if (holder !== undefined && holder.labels[BUILD_LABEL.configHash] !== target.configHash) continue;
    await deps.docker.tagImage(imageId, CACHE_REPOSITORY, suffix);
    return { tag };
  }
  throw new BuildError('invalid_config', 'an image that is not ours has the name of this one');
}
