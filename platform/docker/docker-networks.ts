import type Docker from 'dockerode';
import type { NetworkCreateOptions, NetworkInspectInfo } from 'dockerode';
import { isDockerError } from './docker-error.ts';

export interface ListedNetwork {
  id: string;
  name: string;
  labels: Readonly<Record<string, string>>;
  /** IPv4 and IPv6, in CIDR form; empty for kinds that have none. */
  subnets: readonly string[];
  /** The host's interface, of a bridge: the one that was asked for, or the daemon's own choice. */
  bridge: string;
}

export interface NetworkSpec {
  name: string;
  /** Name of the host's interface, at most 15 characters. */
  bridge: string;
  subnet: string;
  labels: Readonly<Record<string, string>>;
}

export interface DockerNetworks {
  /** Every network of the daemon, or those with the labels. */
  listNetworks(labels?: Readonly<Record<string, string>>): Promise<ListedNetwork[]>;
  /** A bridge. Rejects with `conflict` when the name is taken, `rejected` when the subnet meets another one. */
  createNetwork(network: NetworkSpec): Promise<void>;
  /** One that is gone is no error. Rejects with `rejected` while a container runs in it. */
  removeNetwork(idOrName: string): Promise<void>;
}

const BRIDGE_OPTION = 'com.docker.network.bridge.name';

type Call = <T>(operation: string, run: (options: { abortSignal: AbortSignal }) => Promise<T>) => Promise<T>;

export function createDockerNetworks(docker: Docker, call: Call): DockerNetworks {
  return {
    async listNetworks(labels = {}) {
      const label = Object.entries(labels).map(([key, value]) => `${key}=${value}`);
      const options = label.length === 0 ? {} : { filters: { label } };
      const list = await call('list networks', (o) => docker.listNetworks({ ...options, ...o }));
      return list.map((network: NetworkInspectInfo) => ({
        id: network.Id,
        name: network.Name,
        labels: network.Labels ?? {},
        subnets: (network.IPAM?.Config ?? []).flatMap(({ Subnet }) => (Subnet === undefined ? [] : [Subnet])),
        bridge: network.Options?.[BRIDGE_OPTION] ?? `br-${network.Id.slice(0, 12)}`,
      }));
    },

    async createNetwork({ name, bridge, subnet, labels }) {
      const options: NetworkCreateOptions = {
        Name: name,
        CheckDuplicate: true,
        Driver: 'bridge',
        IPAM: { Driver: 'default', Config: [{ Subnet: subnet }] },
        Options: { [BRIDGE_OPTION]: bridge },
        Labels: { ...labels },
      };
      await call('create network', (o) => docker.createNetwork({ ...options, ...o }));
    },

    async removeNetwork(idOrName) {
      try {
        await call('remove network', (o) => docker.getNetwork(idOrName).remove(o));
      } catch (error) {
        if (!isDockerError(error, 'not_found')) throw error;
      }
    },
  };
}
