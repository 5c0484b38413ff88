import { compareCachedImages } from '../../../commands/engine/provisioning/cached-images.ts';
import type { Database } from '../../../db/kernel/database.ts';
import type { DockerClient } from '../../../platform/docker/docker-client.ts';
import type { DockerEvents } from '../../../platform/docker/docker-events.ts';
import type { Logger } from '../../../platform/logging/logger.ts';
import { BUILD_LABEL } from './steps/build-types.ts';
import { CACHE_REPOSITORY } from './steps/tag-build.ts';
import type { HeldImage } from '../../../db/crews/provisioning/held-image.ts';

/** What a daemon holds of this stack's builds; the hash of what is no build's is empty. */
export async function listHeldImages(
  docker: Pick<DockerClient, 'listImages'>,
  stackId: string,
): Promise<(HeldImage & { readonly createdAt: Date })[]> {
  const images = await docker.listImages({ [BUILD_LABEL.stack]: stackId });
  return images.map(({ id, tags, labels, sizeBytes, createdAt }) => ({
    imageId: id,
    configHash: labels[BUILD_LABEL.configHash] ?? '',
    tag: tags.find((tag) => tag.startsWith(`${CACHE_REPOSITORY}:`)) ?? null,
    sizeBytes,
    createdAt,
  }));
}

/**
 * Keeps the rows of cached images true to the daemon: by a comparison whenever its event stream is (re-)established,
 * which is also at boot, when one of its images loses its name, and whenever `compareAll` is called.
 */
export function watchCachedImages(deps: {
  db: Database;
  docker: Pick<DockerClient, 'listImages'>;
  events: DockerEvents;
  log: Pick<Logger, 'info' | 'warn'>;
  hostId: string;
  stackId: string;
}): { compareAll(): Promise<void>; close(): Promise<void> } {
  let work: Promise<void> = Promise.resolve();
  let waiting = false;

  function later(): Promise<void> {
    // However many are removed at once: what is asked for before the next comparison begins is answered by it.
    if (!waiting) {
      waiting = true;
      work = work
        .then(() => {
          waiting = false;
          return compare();
        })
        .catch((error: unknown) => deps.log.warn({ err: error }, 'cached images were not compared'));
    }
    return work;
  }

  async function compare(): Promise<void> {
    const changes = await compareCachedImages(deps.db, deps.hostId, () => listHeldImages(deps.docker, deps.stackId));
    if (changes > 0) deps.log.info({ changes }, 'rows of cached images did not agree with the daemon');
  }

  const unsubscribe = deps.events.subscribe((event) => {
    if (event.kind === 'resync' || event.kind === 'untag') void later();
  });
  return {
    compareAll: later,
    async close() {
      unsubscribe();
      await work;
    },
  };
}
