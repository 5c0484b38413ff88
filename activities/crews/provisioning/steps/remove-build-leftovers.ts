import { isDockerError } from '../../../../platform/docker/docker-error.ts';
import { removeOwnNetwork } from '../../containers/own-network.ts';
import { listBuildContainers, listBuildNetworks } from './build-container.ts';
import { BUILD_LABEL, type BuildDeps } from './build-types.ts';

/**
 * Removes what a build leaves: its container, with all that runs there, and images that got no name. Images with a
 * name, and those that a container was made from, stay. For every end of a build, and for its cancellation. Idempotent.
 */
export async function removeBuildLeftovers(deps: Pick<BuildDeps, 'docker'>, buildId: string): Promise<void> {
  await removeBuildContainers(deps, buildId);
  for (const image of await deps.docker.listImages({ [BUILD_LABEL.build]: buildId })) {
    if (image.tags.length > 0) continue;
    try {
      await deps.docker.removeImage(image.id);
    } catch (error) {
      if (!isDockerError(error, 'conflict')) throw error;
    }
  }
}

export async function removeBuildContainers(deps: Pick<BuildDeps, 'docker'>, buildId: string): Promise<void> {
  for (const { id } of await listBuildContainers(deps, buildId)) await deps.docker.removeContainer(id);
  const networks = await listBuildNetworks(deps, { [BUILD_LABEL.build]: buildId });
  for (const { name } of networks) await removeOwnNetwork(deps.docker, name);
}
