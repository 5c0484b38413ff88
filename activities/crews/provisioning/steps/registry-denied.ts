import type { DockerClient } from '../../../../platform/docker/docker-client.ts';
import { DockerError, isDockerError } from '../../../../platform/docker/docker-error.ts';
import type { RegistryPlaces } from '../../../../platform/oci/registry-places.ts';
import { BuildError } from './build-types.ts';

/**
 * A registry that does not give us something. It is named, so that people know which credential may be missing; which
 * of the reasons it is is not said: a reference may lead anywhere, and an answer that tells what is there would be a
 * way to look around.
 */
export function registryDenied(
  host: string,
  what: string,
  options: { readonly cause?: unknown; readonly retryable?: boolean } = {},
): BuildError {
  const why = 'it is not there, the workspace’s credential is missing or refused, or the registry cannot be asked';
  return new BuildError('registry_denied', `registry ${host} does not give ${what}: ${why}`, options);
}

/** Asks a registry for a tenant: rejects with {@link registryDenied} for every reason that is theirs. */
export async function askRegistryFor<T>(
  deps: { readonly docker: Pick<DockerClient, 'ping'>; readonly registryPlaces: RegistryPlaces },
  asked: { readonly host: string; readonly what: string; readonly signal: AbortSignal },
  ask: () => Promise<T>,
): Promise<T> {
  const { host, what, signal } = asked;
  const admitted = await deps.registryPlaces.admits(host);
  if (admitted !== 'yes') throw registryDenied(host, what, { retryable: admitted === 'not now' });
  try {
    return await ask();
  } catch (error) {
    signal.throwIfAborted();
    if (!isDockerError(error)) throw error;
    // What the registry said may repeat what it was asked with: it goes no further.
    const cause = new DockerError(error.code, 'ask registry');
    if (isDockerError(error, 'rejected', 'image_missing', 'not_found')) throw registryDenied(host, what, { cause });
    if (!isDockerError(error, 'unavailable', 'timeout')) throw cause;
    // The same words mean a daemon that is away: then this rejects, and it is not the registry's fault.
    await deps.docker.ping();
    throw registryDenied(host, what, { cause, retryable: true });
  }
}
