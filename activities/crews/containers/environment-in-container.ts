import { configuredEnvironment, refersToContainerEnvironment } from '../../../domain/crews/crews/container-plan.ts';
import { InvalidConfigError } from '../../../domain/crews/provisioning/read-devcontainer-config.ts';
import type { DockerClient } from '../../../platform/docker/docker-client.ts';

/**
 * What a crew's configuration puts into the environment of its agents and hooks, as it is now: a restart of agents is
 * enough for it to take effect, and the sidecar, which shares their container, gets none of it.
 */
export async function environmentInContainer(
  docker: Pick<DockerClient, 'inspectContainer'>,
  containerId: string,
  devcontainerConfig: string | null,
): Promise<Readonly<Record<string, string>>> {
  if (devcontainerConfig === null) return {};
  const state = refersToContainerEnvironment(devcontainerConfig)
    ? await docker.inspectContainer(containerId)
    : undefined;
  try {
    return configuredEnvironment(devcontainerConfig, state?.env);
  } catch (error) {
    // From before a rule: the next start of the container says so, what runs goes on.
    if (error instanceof InvalidConfigError) return {};
    throw error;
  }
}
