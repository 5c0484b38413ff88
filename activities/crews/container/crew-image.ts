import type { DockerClient } from '../../../platform/docker/docker-client.ts';
import { DockerError } from '../../../platform/docker/docker-error.ts';
import type { ImageState } from '../../../platform/docker/docker-images.ts';
import { parseOciReference, pullReference, type RegistryMirrors } from '../../../platform/oci/oci-reference.ts';

/** Less than the activity may take, so that a try that takes too long says so; layers that came stay for the next one. */
const PULL_TIMEOUT_MS = 270_000;

/**
 * The image that a crew names and that nothing is built on: as it is on this host, else pulled, from the registry's mirror
 * where there is one. `reference` is what a container is made from. Rejects with `image_missing` when there is none,
 * `unavailable` while the registry cannot be reached.
 */
export async function requireCrewImage(
  deps: { readonly docker: DockerClient; readonly mirrors: RegistryMirrors },
  wanted: string,
): Promise<{ reference: string; image: ImageState }> {
  const { docker, mirrors } = deps;
  const parsed = parseOciReference(wanted);
  if (parsed === null) throw new DockerError('image_missing', 'find crew image');
  const here = await docker.inspectImage(wanted);
  if (here !== undefined) return { reference: wanted, image: here };
  const reference = pullReference(parsed, mirrors);
  let image = await docker.inspectImage(reference);
  if (image === undefined) {
    const { architecture } = await docker.version();
    const signal = AbortSignal.timeout(PULL_TIMEOUT_MS);
    await docker.pullImage(reference, { architecture, signal, onLine: () => {} });
    image = await docker.inspectImage(reference);
  }
  if (image === undefined) throw new DockerError('image_missing', 'find crew image');
  return { reference, image };
}
