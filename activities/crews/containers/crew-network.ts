import { createHash } from 'node:crypto';
import { freeSubnets } from '../../../domain/crews/crews/subnet-pool.ts';
import type { DockerClient } from '../../../platform/docker/docker-client.ts';
import { DockerError, isDockerError } from '../../../platform/docker/docker-error.ts';
import { type CrewContainerSpec, crewNetworkName, LABEL } from './crew-container-options.ts';

const CREATE_ATTEMPTS = 20;

/**
 * Makes the crew's bridge, or finds it. Its subnet is one that no network of this daemon has: left to the daemon, about
 * thirty networks use up all it would choose from. Rejects with DockerError `rejected` when the pool is used up.
 */
export async function ensureCrewNetwork(
  docker: DockerClient,
  pool: string,
  spec: Pick<CrewContainerSpec, 'stackId' | 'workspaceId' | 'crewId'>,
): Promise<void> {
  const name = crewNetworkName(spec);
  const labels = { [LABEL.stack]: spec.stackId, [LABEL.workspace]: spec.workspaceId, [LABEL.crew]: spec.crewId };
  const seed = createHash('sha256').update(name).digest().readUInt32BE();
  const refused = new Set<string>();
  for (let attempt = 1; attempt <= CREATE_ATTEMPTS; attempt += 1) {
    const networks = await docker.listNetworks();
    if (networks.some((network) => network.name === name)) return;
    const taken = [...networks.flatMap(({ subnets }) => subnets), ...refused];
    const subnet = freeSubnets(pool, taken, seed).next().value;
    if (subnet === undefined) throw new DockerError('rejected', 'choose a subnet of CREWSHIP_CREW_NETWORK_POOL');
    try {
      await docker.createNetwork({ name, subnet, labels });
      return;
    } catch (error) {
      // Made by another call in between, or the host itself has a route there: look again, elsewhere.
      if (!isDockerError(error, 'conflict', 'rejected')) throw error;
      refused.add(subnet);
      if (attempt === CREATE_ATTEMPTS) throw error;
    }
  }
}

/** Removes the crew's bridge; one that is gone, or in which a container runs again, is no error. */
export async function removeCrewNetwork(
  docker: DockerClient,
  crew: Pick<CrewContainerSpec, 'stackId' | 'crewId'>,
): Promise<void> {
  try {
    await docker.removeNetwork(crewNetworkName(crew));
  } catch (error) {
    if (!isDockerError(error, 'rejected', 'conflict')) throw error;
  }
}

/** The networks of the stack's crews on this host. */
export async function listCrewNetworks(
  docker: DockerClient,
  stackId: string,
): Promise<readonly { crewId: string; workspaceId: string }[]> {
  const networks = await docker.listNetworks({ [LABEL.stack]: stackId });
  return networks.map(({ labels }) => ({
    crewId: labels[LABEL.crew] ?? '',
    workspaceId: labels[LABEL.workspace] ?? '',
  }));
}
