import {
  findRegistryImage,
  forgetRegistryImage,
  listHashesUnderWay,
  listUnoffered,
  type OfferedImage,
  recordOffered,
} from '../../../../db/crews/provisioning/registry-images.ts';
import type { Database } from '../../../../db/kernel/database.ts';
import type { DockerClient } from '../../../../platform/docker/docker-client.ts';
import { isDockerError } from '../../../../platform/docker/docker-error.ts';
import type { Logger } from '../../../../platform/logging/logger.ts';
import { BUILD_LABEL, type BuildRun, type BuildTarget } from '../steps/build-types.ts';

/** The registry through which hosts have each other's images. Whoever reads it reads what crews' images hold. */
export interface CacheRegistry {
  /** `registry.example:5000/path`, without a tag. */
  readonly repository: string;
  readonly auth?: { readonly username: string; readonly password: string };
}

export interface ImageExchange {
  /**
   * The image of a configuration from the registry; null when it has none, or it cannot be had. What comes is the
   * digest that a host of this installation recorded when it pushed, and carries the whole hash: anything else is no
   * hit. Rejects when the signal ends it.
   */
  take(target: BuildTarget, run: BuildRun): Promise<{ imageId: string; sizeBytes: number } | null>;
  /**
   * Offers what this host has and the registry lacks. Never rejects; what could not be pushed is pushed with a later
   * call.
   */
  offerAll(): Promise<void>;
  close(): Promise<void>;
}

/** What takes longer is built, or pushed another time. */
const TRANSFER_LIMIT_MS = 600_000;

export function createImageExchange(deps: {
  readonly db: Database;
  readonly docker: DockerClient;
  readonly log: Pick<Logger, 'info' | 'warn'>;
  readonly registry: CacheRegistry;
  readonly hostId: string;
  readonly stackId: string;
}): ImageExchange {
  const { db, docker, log, hostId } = deps;
  const { repository, auth } = deps.registry;
  const closing = new AbortController();
  let work: Promise<void> = Promise.resolve();
  let waiting = false;

  async function take(target: BuildTarget, run: BuildRun): Promise<{ imageId: string; sizeBytes: number } | null> {
    const { buildId, configHash } = target;
    const found = await findRegistryImage(db, { buildId, configHash, repository });
    if (found === null) return null;
    const name = `${repository}@${found.digest}`;
    try {
      run.onLog('taking the image from the registry');
      await docker.pullImage(name, {
        architecture: target.spec.architecture,
        ...(auth === undefined ? {} : { auth }),
        onLine: run.onLog,
        signal: AbortSignal.any([run.signal, AbortSignal.timeout(TRANSFER_LIMIT_MS)]),
      });
      const image = await docker.inspectImage(name);
      if (
        image?.architecture === target.spec.architecture &&
        image.labels[BUILD_LABEL.configHash] === configHash &&
        image.labels[BUILD_LABEL.stack] === deps.stackId
      ) {
        return { imageId: image.id, sizeBytes: image.sizeBytes };
      }
      await docker.removeImage(name);
      log.warn({ config_hash: configHash }, 'an image of the registry is not what it is said to be');
      run.onLog('the registry’s image is another one');
    } catch (error) {
      run.signal.throwIfAborted();
      log.warn({ err: error, config_hash: configHash }, 'an image was not taken from the registry');
      if (!isDockerError(error, 'image_missing')) {
        run.onLog('the registry could not be asked');
        return null;
      }
      run.onLog('the registry does not have the image any more');
    }
    await forgetRegistryImage(db, { ...found, repository, configHash });
    return null;
  }

  function offerAll(): Promise<void> {
    // Whatever is asked for before the next round begins is done by it.
    if (!waiting) {
      waiting = true;
      work = work
        .then(async () => {
          waiting = false;
          await dropNames();
          for (const image of await listUnoffered(db, hostId, repository)) {
            if (closing.signal.aborted) return;
            await offer(image);
          }
        })
        .catch((error: unknown) => log.warn({ err: error }, 'images were not offered to the registry'));
    }
    return work;
  }

  async function offer(image: OfferedImage): Promise<void> {
    const { configHash, imageId } = image;
    try {
      await docker.tagImage(imageId, repository, configHash);
      const { digest } = await docker.pushImage(
        { repository, tag: configHash },
        {
          ...(auth === undefined ? {} : { auth }),
          signal: AbortSignal.any([closing.signal, AbortSignal.timeout(TRANSFER_LIMIT_MS)]),
        },
      );
      await recordOffered(db, { ...image, digest, hostId, repository });
      log.info({ config_hash: configHash, digest }, 'an image was pushed to the registry');
    } catch (error) {
      log.warn({ err: error, config_hash: configHash }, 'an image was not pushed to the registry');
    } finally {
      await docker.removeImage(`${repository}:${configHash}`).catch(() => {});
    }
  }

  /**
   * The registry's names of images that are on this host: an image with another name would outlive its removal by them,
   * and one without was taken for a build that was given up. Those of a build under way are its own.
   */
  async function dropNames(): Promise<void> {
    const underWay = await listHashesUnderWay(db, hostId);
    for (const { id, labels } of await docker.listImages({ [BUILD_LABEL.stack]: deps.stackId })) {
      if (underWay.has(labels[BUILD_LABEL.configHash] ?? '')) continue;
      const image = await docker.inspectImage(id);
      const names = [...(image?.tags ?? []), ...(image?.digests ?? [])];
      for (const name of names.filter((known) => /^[:@]/.test(known.slice(repository.length)))) {
        if (!name.startsWith(repository)) continue;
        await docker.removeImage(name).catch((error: unknown) => {
          if (!isDockerError(error, 'conflict')) throw error;
        });
      }
    }
  }

  return {
    take,
    offerAll,
    async close() {
      closing.abort();
      await work;
    },
  };
}
