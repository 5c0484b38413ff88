import type { ImageState } from '../../../../platform/docker/docker-images.ts';
import { mirroredHost, parseOciReference, pullReference } from '../../../../platform/oci/oci-reference.ts';
import { BUILD_LABEL, type BuildDeps, BuildError, type BuildRun, type BuildTarget } from './build-types.ts';
import { askRegistryFor, registryDenied } from './registry-denied.ts';

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
  const host = mirroredHost(reference, mirrors);
  const what = `image ${baseImage}`;
  const refuseOthers = (image: ImageState): void => {
    if (image.labels[BUILD_LABEL.build] !== undefined) throw registryDenied(host, what);
  };
  const here = await deps.docker.inspectImage(baseImage);
  // What was built for crews is theirs, whoever knows its name.
  if (here !== undefined) refuseOthers(here);
  if (here !== undefined && here.digests.length === 0) return checked(here, architecture);
  const name = pullReference(reference, mirrors);
  const pulled = pullPolicy === 'missing' ? await deps.docker.inspectImage(name) : undefined;
  if (pulled !== undefined) {
    refuseOthers(pulled);
    return checked(pulled, architecture);
  }
  const auth = run.credentials?.get(host);
  const withAuth = auth === undefined ? {} : { auth };
  await askRegistryFor(deps, { host, what, signal: run.signal }, async () => {
    if (reference.digest !== null) await deps.docker.askRegistry(name, { signal: run.signal, ...withAuth });
    await deps.docker.pullImage(name, {
      architecture,
      signal: run.signal,
      onLine: run.onLog,
      ...withAuth,
    });
  });
  const image = await deps.docker.inspectImage(name);
  if (image === undefined) throw new BuildError('image_not_found', `image ${baseImage} was pulled and is not there`);
  // The one that came is what counts: whatever it is called, it may be what hosts give each other.
  refuseOthers(image);
  return checked(image, architecture);
}

function checked(image: ImageState, architecture: string): { imageId: string } {
  if (image.architecture !== architecture) {
    throw new BuildError('wrong_architecture', `the base image is for ${image.architecture}, not for ${architecture}`);
  }
  return { imageId: image.id };
}
