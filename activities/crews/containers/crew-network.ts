import type { DockerClient } from '../../../platform/docker/docker-client.ts';
import { type CrewContainerSpec, crewNetworkName, LABEL } from './crew-container-options.ts';
import { bridgeName } from './egress-filter.ts';
import { ensureOwnNetwork, removeOwnNetwork } from './own-network.ts';

/** Makes the crew's bridge, or finds it. Rejects with DockerError `rejected` when the pool is used up. */
export function ensureCrewNetwork(
  docker: DockerClient,
  pool: string,
  spec: Pick<CrewContainerSpec, 'stackId' | 'workspaceId' | 'crewId'>,
): Promise<void> {
  const { stackId, workspaceId, crewId } = spec;
  return ensureOwnNetwork(docker, pool, {
    name: crewNetworkName(spec),
    bridge: bridgeName(stackId, 'crew', crewNetworkName(spec)),
    labels: { [LABEL.stack]: stackId, [LABEL.workspace]: workspaceId, [LABEL.crew]: crewId },
  });
}

/** Removes the crew's bridge; one that is gone, or in which a container runs again, is no error. */
export function removeCrewNetwork(
  docker: DockerClient,
  crew: Pick<CrewContainerSpec, 'stackId' | 'crewId'>,
): Promise<void> {
  return removeOwnNetwork(docker, crewNetworkName(crew));
}

/** The networks of the stack's crews on this host. */
export async function listCrewNetworks(
  docker: Pick<DockerClient, 'listNetworks'>,
  stackId: string,
): Promise<readonly { crewId: string; workspaceId: string; bridge: string }[]> {
  const networks = await docker.listNetworks({ [LABEL.stack]: stackId });
  return networks.flatMap(({ labels, bridge }) => {
    const crewId = labels[LABEL.crew];
    return crewId === undefined ? [] : [{ crewId, workspaceId: labels[LABEL.workspace] ?? '', bridge }];
  });
}
