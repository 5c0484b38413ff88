import { isDockerError } from '../../../../platform/docker/docker-error.ts';
import type { ImageState } from '../../../../platform/docker/docker-images.ts';
import { mirroredHost, parseOciReference, pullReference } from '../../../../platform/oci/oci-reference.ts';
import { BUILD_LABEL, type BuildDeps, BuildError, type BuildRun, type BuildTarget } from './build-types.ts';
import { registryDenied } from './registry-denied.ts';

/**
 * The base image, on this host, as an id: whatever its name comes to mean, the build stays with it. It is pulled by the
 * daemon, from the mirror where there is one. An image that was made on this host is used as it is: a registry's of the
 * same name would be a stranger's.
 */
export async function pullBase(deps: BuildDeps, target: BuildTarget, run: BuildRun): Promise<{ imageId: string }> {
  const { baseImage, architecture } = target.spec;
  const reference = parseOciReference(baseImage);
  if (reference === null) throw new BuildError('invalid_config', 'image is no image reference');
  const { mirrors, pullPolicy } = deps.settings;
  const here = await deps.docker.inspectImage(baseImage);
  // What was built for crews is theirs, whoever knows its name.
  if (here?.labels[BUILD_LABEL.build] !== undefined) throw notFound(baseImage);
  if (here !== undefined && here.digests.length === 0) return checked(here, architecture);
  const name = pullReference(reference, mirrors);
  const pulled = pullPolicy === 'missing' ? await deps.docker.inspectImage(name) : undefined;
  if (pulled !== undefined) return checked(pulled, architecture);
  const host = mirroredHost(reference, mirrors);
  const auth = run.credentials?.get(host);
  const withAuth = auth === undefined ? {} : { auth };
  try {
    if (reference.digest !== null) await deps.docker.askRegistry(name, { signal: run.signal, ...withAuth });
    await deps.docker.pullImage(name, {
      architecture,
      signal: run.signal,
      onLine: run.onLog,
      ...withAuth,
    });
  } catch (error) {
    run.signal.throwIfAborted();
    if (isDockerError(error, 'rejected')) throw registryDenied(host, `image ${baseImage}`, run, error);
    throw pullFailure(error, baseImage);
  }
  const image = await deps.docker.inspectImage(name);
  if (image === undefined) throw new BuildError('image_not_found', `image ${baseImage} was pulled and is not there`);
  return checked(image, architecture);
}

function checked(image: ImageState, architecture: string): { imageId: string } {
  if (image.architecture !== architecture) {
    throw new BuildError('wrong_architecture', `the base image is for ${image.architecture}, not for ${architecture}`);
  }
  return { imageId: image.id };
}

function notFound(baseImage: string, cause?: unknown): BuildError {
  return new BuildError('image_not_found', `image ${baseImage} was not found`, { cause });
}

function pullFailure(error: unknown, baseImage: string): unknown {
  if (isDockerError(error, 'image_missing', 'not_found')) {
    return notFound(baseImage, error);
  }
  return error;
}
