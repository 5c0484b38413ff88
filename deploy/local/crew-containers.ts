import { LABEL } from '../../activities/crews/containers/crew-container-options.ts';
import { HELPER_LABEL } from '../../activities/crews/containers/root-helper.ts';
import { connectDocker } from './services/docker-address.ts';

/**
 * Removes the containers and networks of one stack, running or not, and returns how many containers there were. What
 * another stack on the same daemon made is not touched.
 */
export async function removeCrewContainers(dockerHost: string, stackId: string): Promise<number> {
  const docker = connectDocker(dockerHost);
  const filters = { label: [`${LABEL.stack}=${stackId}`] };
  const helpers = { label: [`${HELPER_LABEL}=${stackId}`] };
  const containers = (
    await Promise.all([filters, helpers].map((having) => docker.listContainers({ all: true, filters: having })))
  ).flat();
  await Promise.all(
    containers.map(({ Id }) => docker.getContainer(Id).remove({ force: true, v: true }).catch(ignoreGone)),
  );
  const networks = await docker.listNetworks({ filters });
  await Promise.all(networks.map(({ Id }) => docker.getNetwork(Id).remove().catch(ignoreGone)));
  return containers.length;
}

function ignoreGone(error: { statusCode?: number }): void {
  // 404: gone. 409: its removal is under way.
  if (error.statusCode !== 404 && error.statusCode !== 409) throw error;
}
