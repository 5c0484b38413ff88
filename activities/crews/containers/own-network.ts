import { createHash } from 'node:crypto';
import { freeSubnets } from '../../../domain/crews/crews/subnet-pool.ts';
import type { DockerClient } from '../../../platform/docker/docker-client.ts';
import { DockerError, isDockerError } from '../../../platform/docker/docker-error.ts';

const CREATE_ATTEMPTS = 20;

/** A bridge that one container has to itself. */
export interface OwnNetwork {
  readonly name: string;
  /** The host's interface, by whose name its packets are filtered. */
  readonly bridge: string;
  readonly labels: Readonly<Record<string, string>>;
}

/**
 * Makes the bridge, or finds it. Its subnet is one that no network of this daemon has: left to the daemon, about thirty
 * networks use up all it would choose from. One whose interface has another name is made anew. Rejects with DockerError
 * `rejected` when the pool is used up.
 */
export async function ensureOwnNetwork(docker: DockerClient, pool: string, network: OwnNetwork): Promise<void> {
  const { name, bridge, labels } = network;
  const seed = createHash('sha256').update(name).digest().readUInt32BE();
  const refused = new Set<string>();
  for (let attempt = 1; attempt <= CREATE_ATTEMPTS; attempt += 1) {
    const networks = await docker.listNetworks();
    const found = networks.find((other) => other.name === name);
    if (found?.bridge === bridge) return;
    if (found !== undefined) await docker.removeNetwork(found.id);
    const taken = [...networks.flatMap(({ subnets }) => subnets), ...refused];
    const subnet = freeSubnets(pool, taken, seed).next().value;
    if (subnet === undefined) throw new DockerError('rejected', 'choose a subnet of CREWSHIP_CREW_NETWORK_POOL');
    try {
      await docker.createNetwork({ name, bridge, subnet, labels });
      return;
    } catch (error) {
      // Made by another call in between, or the host itself has a route there: look again, elsewhere.
      if (!isDockerError(error, 'conflict', 'rejected')) throw error;
      refused.add(subnet);
      if (attempt === CREATE_ATTEMPTS) throw error;
    }
  }
}

/** Removes a bridge; one that is gone, or in which a container runs again, is no error. */
export async function removeOwnNetwork(docker: DockerClient, name: string): Promise<void> {
  try {
    await docker.removeNetwork(name);
  } catch (error) {
    if (!isDockerError(error, 'rejected', 'conflict')) throw error;
  }
}
