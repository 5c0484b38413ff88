import { BUILD_LABEL, type BuildDeps, type BuildSettings } from '../provisioning/steps/build-types.ts';
import { askRegistryFor, registryDenied } from '../provisioning/steps/registry-denied.ts';
import type { DockerClient } from '../../../platform/docker/docker-client.ts';
import { DockerError } from '../../../platform/docker/docker-error.ts';
import type { ImageState } from '../../../platform/docker/docker-images.ts';
import type { RegistryCredentials } from '../../../platform/oci/oci-client.ts';
import { mirroredHost, parseOciReference, pullReference } from '../../../platform/oci/oci-reference.ts';

/**
 * Less than the activity may take, so that a try that takes too long says so; layers that came stay for the next one.
 */
const PULL_TIMEOUT_MS = 270_000;

export interface CrewImageDeps {
  readonly docker: DockerClient;
  readonly registryPlaces: BuildDeps['registryPlaces'];
  readonly settings: Pick<BuildSettings, 'mirrors' | 'pullPolicy'>;
  /** What the crew's workspace may ask this registry with. */
  readonly credentialsFor: (host: string) => Promise<RegistryCredentials>;
}

/**
 * The image that a crew names and that nothing is built on: as it is on this host, else pulled, from the registry's
 * mirror where there is one. One that came from a registry is given after the registry said that the crew's workspace
 * may read it, unless the pull policy is `missing`; what was built for crews is given to nobody by a name, whichever
 * registry it came from. `reference` is what a container is made from. Rejects with `image_missing` for what is no
 * reference, and BuildError `registry_denied` whatever the reason is that it can't be had.
 */
export async function requireCrewImage(
  { docker, registryPlaces, settings: { mirrors, pullPolicy }, credentialsFor }: CrewImageDeps,
  wanted: string,
): Promise<{ reference: string; image: ImageState }> {
  const parsed = parseOciReference(wanted);
  if (parsed === null) throw new DockerError('image_missing', 'find crew image');
  const host = mirroredHost(parsed, mirrors);
  const what = `image ${wanted}`;
  const given = (reference: string, image: ImageState) => {
    if (image.labels[BUILD_LABEL.build] !== undefined) throw registryDenied(host, what);
    return { reference, image };
  };
  const here = await docker.inspectImage(wanted);
  if (here !== undefined && (here.digests.length === 0 || pullPolicy === 'missing')) return given(wanted, here);
  const reference = pullReference(parsed, mirrors);
  const credentials = await credentialsFor(host);
  const auth = credentials.get(host);
  const signal = AbortSignal.timeout(PULL_TIMEOUT_MS);
  const options = { signal, ...(auth === undefined ? {} : { auth }) };
  await askRegistryFor({ docker, registryPlaces }, { host, what, signal }, async () => {
    if ((await docker.inspectImage(reference)) === undefined) {
      const { architecture } = await docker.version();
      await docker.pullImage(reference, { architecture, onLine: () => {}, ...options });
    } else if (pullPolicy === 'always') await docker.askRegistry(reference, options);
  });
  const image = await docker.inspectImage(reference);
  if (image === undefined) throw new DockerError('image_missing', 'pull crew image');
  // The one that came is what counts: whatever it is called, it may be what hosts give each other.
  return given(reference, image);
}
