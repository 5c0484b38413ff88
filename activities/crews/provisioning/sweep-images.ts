import { collectImage, endImageRemoval } from '../../../commands/crews/provisioning/collect-images.ts';
import type { Database } from '../../../db/kernel/database.ts';
import type { DockerClient } from '../../../platform/docker/docker-client.ts';
import { isDockerError } from '../../../platform/docker/docker-error.ts';
import type { Logger } from '../../../platform/logging/logger.ts';
import { removeOwnNetwork } from '../containers/own-network.ts';
import { listBuildNetworks, TEMP_CONTAINER_PREFIX } from './steps/build-container.ts';
import { BUILD_LABEL } from './steps/build-types.ts';
import { listHeldImages } from './watch-cached-images.ts';
import { findUnreferencedImages } from '../../../db/crews/provisioning/find-unreferenced-images.ts';
import { readImageRemovals } from '../../../db/crews/provisioning/read-image-removals.ts';
import { findOpenBuilds } from '../../../db/crews/provisioning/find-open-builds.ts';

export interface ImageSweeperDeps {
  readonly db: Database;
  readonly docker: DockerClient;
  readonly log: Pick<Logger, 'info' | 'warn'>;
  readonly hostId: string;
  readonly stackId: string;
  /** Whether images that nobody needs are removed, or only named in the log. */
  readonly autodelete: boolean;
  readonly minImageAgeMs?: number;
  readonly minContainerAgeMs?: number;
}

/** A build has no row that names its image for a moment before it ends. */
const MIN_IMAGE_AGE_MS = 5 * 60_000;
/** Twice what a build may take. */
const MIN_CONTAINER_AGE_MS = 60 * 60_000;
const MAX_PER_SWEEP = 200;

export interface SweptImages {
  readonly unreferenced: number;
  readonly removed: number;
  readonly containers: number;
}

/** What a host's daemon holds of builds and nobody needs: docs/contracts/provisioning.md, Removal. */
export function createImageSweeper(deps: ImageSweeperDeps) {
  const { db, docker, log, hostId, stackId } = deps;

  /** Removes what was given up. An image that a container was made from stays until a later sweep. */
  async function removeGivenUp(): Promise<number> {
    let removed = 0;
    for (const imageId of await readImageRemovals(db, hostId)) {
      try {
        await docker.removeImage(imageId);
      } catch (error) {
        if (!isDockerError(error, 'conflict')) throw error;
        log.warn({ image_id: imageId }, 'an image is in use and is removed later');
        continue;
      }
      await endImageRemoval(db, hostId, imageId);
      removed += 1;
    }
    return removed;
  }

  async function collect(): Promise<number> {
    const oldest = Date.now() - (deps.minImageAgeMs ?? MIN_IMAGE_AGE_MS);
    const held = (await listHeldImages(docker, stackId)).filter(
      ({ configHash, createdAt }) => configHash !== '' && createdAt.getTime() < oldest,
    );
    const unreferenced = (await findUnreferencedImages(db, hostId, held)).slice(0, MAX_PER_SWEEP);
    for (const image of unreferenced) {
      const about = { image_id: image.imageId, tag: image.tag, size_bytes: image.sizeBytes };
      if (!deps.autodelete) log.info(about, 'no crew has this image; CREWSHIP_CACHE_GC_AUTODELETE would remove it');
      else if (await collectImage(db, hostId, image)) log.info(about, 'an image that no crew has is removed');
    }
    return unreferenced.length;
  }

  /** Containers of builds whose workflow is gone, and with it what would have removed them. */
  async function removeTempContainers(): Promise<number> {
    const newest = Date.now() - (deps.minContainerAgeMs ?? MIN_CONTAINER_AGE_MS);
    const old = (await docker.listContainers({ [BUILD_LABEL.temp]: 'provision', [BUILD_LABEL.stack]: stackId })).filter(
      ({ name, createdAt }) => name.startsWith(TEMP_CONTAINER_PREFIX) && createdAt.getTime() < newest,
    );
    const open = await findOpenBuilds(
      db,
      old.map(({ labels }) => labels[BUILD_LABEL.build] ?? ''),
    );
    const left = old.filter(({ labels }) => !open.has(labels[BUILD_LABEL.build] ?? ''));
    for (const { id, name } of left) {
      await docker.removeContainer(id);
      log.warn({ container: name }, 'a container of a build that is over was removed');
    }
    return left.length;
  }

  /** Networks that were made for builds which are over; one in which a container runs stays. */
  async function removeBuildNetworks(): Promise<void> {
    const networks = await listBuildNetworks({ docker }, { [BUILD_LABEL.stack]: stackId });
    const open = await findOpenBuilds(
      db,
      networks.map(({ buildId }) => buildId),
    );
    for (const { name, buildId } of networks) if (!open.has(buildId)) await removeOwnNetwork(docker, name);
  }

  return {
    removeGivenUp,
    async sweep(): Promise<SweptImages> {
      const containers = await removeTempContainers();
      await removeBuildNetworks();
      const unreferenced = await collect();
      return { unreferenced, removed: await removeGivenUp(), containers };
    },
  };
}
