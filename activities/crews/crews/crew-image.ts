import { BUILD_LABEL, BuildError, type BuildSettings } from '../provisioning/steps/build-types.ts';
import { registryDenied } from '../provisioning/steps/registry-denied.ts';
import type { DockerClient } from '../../../platform/docker/docker-client.ts';
import { DockerError, isDockerError } from '../../../platform/docker/docker-error.ts';
import type { ImageState } from '../../../platform/docker/docker-images.ts';
import type { RegistryCredentials } from '../../../platform/oci/oci-client.ts';
import { mirroredHost, parseOciReference, pullReference } from '../../../platform/oci/oci-reference.ts';

/**
 * Less than the activity may take, so that a try that takes too long says so; layers that came stay for the next one.
 */
const PULL_TIMEOUT_MS = 270_000;

export interface CrewImageDeps {
  readonly docker: DockerClient;
  readonly settings: Pick<BuildSettings, 'mirrors' | 'pullPolicy'>;
  /** What the crew's workspace may ask this registry with. */
  readonly credentialsFor: (host: string) => Promise<RegistryCredentials>;
}

/**
 * The image that a crew names and that nothing is built on: as it is on this host, else pulled, from the registry's
 * mirror where there is one. One that came from a registry is given after the registry said that the crew's workspace
 * may read it, unless the pull policy is `missing`; what was built for crews is given to nobody by its name.
 * `reference` is what a container is made from. Rejects with `image_missing` when there is none, BuildError
 * `registry_denied` when it may not be read or `registry_unavailable` while the registry cannot be reached.
 */
export async function requireCrewImage(
  { docker, settings: { mirrors, pullPolicy }, credentialsFor }: CrewImageDeps,
  wanted: string,
): Promise<{ reference: string; image: ImageState }> {
  const parsed = parseOciReference(wanted);
  if (parsed === null) throw new DockerError('image_missing', 'find crew image');
  const here = await docker.inspectImage(wanted);
  if (here?.labels[BUILD_LABEL.build] !== undefined) throw new DockerError('image_missing', 'find crew image');
  if (here !== undefined && (here.digests.length === 0 || pullPolicy === 'missing')) {
    return { reference: wanted, image: here };
  }
  const reference = pullReference(parsed, mirrors);
  const host = mirroredHost(parsed, mirrors);
  const credentials = await credentialsFor(host);
  const auth = credentials.get(host);
  const options = { signal: AbortSignal.timeout(PULL_TIMEOUT_MS), ...(auth === undefined ? {} : { auth }) };
  try {
    if ((await docker.inspectImage(reference)) === undefined) {
      const { architecture } = await docker.version();
      await docker.pullImage(reference, { architecture, onLine: () => {}, ...options });
    } else if (pullPolicy === 'always') await docker.askRegistry(reference, options);
  } catch (error) {
    if (isDockerError(error, 'rejected')) throw registryDenied(host, `image ${wanted}`, { credentials }, error);
    if (isDockerError(error, 'unavailable', 'timeout')) {
      // The same words mean a daemon that is away: then this rejects, and it is not the registry's fault.
      await docker.ping();
      throw new BuildError('registry_unavailable', `${host} cannot be reached for image ${wanted}`);
    }
    // What a registry said may repeat what it was asked with: it goes no further.
    throw isDockerError(error) && auth !== undefined ? new DockerError(error.code, 'pull crew image') : error;
  }
  const image = await docker.inspectImage(reference);
  if (image === undefined) throw new DockerError('image_missing', 'find crew image');
  return { reference, image };
}
