import { createHash } from 'node:crypto';
import { lookup } from 'node:dns/promises';
import {
  egressFilterRules,
  type FilterCounts,
  type FilterPlace,
  forgetCountsRules,
  readFilterCounts,
} from '../../../domain/crews/egress/egress-filter.ts';
import { type IpNetwork, parseNetwork } from '../../../domain/kernel/addresses/ip-address.ts';
import type { DockerClient } from '../../../platform/docker/docker-client.ts';
import { isDockerError } from '../../../platform/docker/docker-error.ts';
import type { ExecOutput } from '../../../platform/docker/docker-execs.ts';
import { LABEL } from './crew-container-options.ts';
import type { HelperImage } from './helper-image.ts';

/** On the containers that `nft` runs in: the stack. */
const FILTER_LABEL = 'crewship.filter';
const TIMEOUT_MS = 60_000;
/** What a worker that died has left of them is older. */
const LEFT_AFTER_MS = 5 * 60_000;
/** A table with the counters of all bridges that a host may have. */
const OUTPUT_LIMIT_BYTES = 8 * 1_048_576;
/** A machine may get others with its next lease. */
const RESOLVERS_KEPT_MS = 600_000;

/** This host cannot judge what leaves its bridges, so nothing is started on one. */
export class EgressFilterError extends Error {
  readonly code = 'egress_filter_missing';

  constructor(why: string, options?: { cause?: unknown }) {
    super(`this host cannot filter what leaves builds and crews with an open network: ${why}`, options);
    this.name = 'EgressFilterError';
  }
}

/** The filters of packets on the bridges of this host's builds and of its crews with an open network. */
export interface EgressFilter {
  /** Has them in place, whoever removed them. Rejects with EgressFilterError where that can't be, or DockerError. */
  ensure(): Promise<void>;
  /** What was counted on each bridge since it was last taken. Nothing where the filters are gone. */
  takeCounts(): Promise<ReadonlyMap<string, FilterCounts>>;
  /** Removes containers of these that a worker left when it died. */
  sweep(): Promise<void>;
  /** For a stack that ends for good. */
  remove(): Promise<void>;
}

export type BridgeKind = 'crew' | 'build';

const HARDENED = {
  CapDrop: ['ALL'],
  SecurityOpt: ['no-new-privileges'],
  ReadonlyRootfs: true,
  Memory: 134_217_728,
  PidsLimit: 32,
  LogConfig: { Type: 'none', Config: {} },
};

function hashText(text: string, length: number): string {
  return createHash('sha256').update(text).digest('hex').slice(0, length);
}

/** How the names of a stack's bridges begin: the filters know them by it, whichever there are. */
function bridgePrefix(stackId: string, kind: BridgeKind): string {
  return `c${kind === 'crew' ? 'c' : 'b'}${hashText(stackId, 4)}`;
}

/** The host's interface of a network: fifteen characters, as the kernel takes. */
export function bridgeName(stackId: string, kind: BridgeKind, network: string): string {
  return `${bridgePrefix(stackId, kind)}${hashText(network, 9)}`;
}

/** The stack's table in the kernel. */
export function filterTable(stackId: string): string {
  return `crewship_${stackId.replaceAll('-', '_')}`;
}

export function createEgressFilter(deps: {
  readonly docker: Pick<DockerClient, 'runContainer' | 'listNetworks' | 'listContainers' | 'removeContainer'>;
  readonly stackId: string;
  /** With `nft`; pinned as the helpers' is. */
  readonly filterImage: HelperImage;
  /** With `sh` and `cat`. */
  readonly helperImage: HelperImage;
  /** Networks that an operator lets crews reach though they are not public. */
  readonly allowed: readonly IpNetwork[];
  /** The proxies of builds, as URLs. */
  readonly proxies?: readonly string[];
}): EgressFilter {
  const { docker, stackId } = deps;
  const table = filterTable(stackId);
  const labels = { [FILTER_LABEL]: stackId };
  let resolvers: { readonly found: readonly IpNetwork[]; readonly at: number } | undefined;

  /** Runs `nft` in the host's network, with the one capability that it takes. No word of it comes from a tenant. */
  async function nft(...args: string[]): Promise<ExecOutput> {
    const image = await deps.filterImage.id().catch((error: unknown) => {
      if (!isDockerError(error, 'image_missing')) throw error;
      throw new EgressFilterError('the image of CREWSHIP_FILTER_IMAGE is not here', { cause: error });
    });
    try {
      return await docker.runContainer(
        {
          Image: image,
          User: '0:0',
          Entrypoint: ['nft'],
          Cmd: args,
          Labels: labels,
          HostConfig: {
            NetworkMode: 'host',
            // A daemon that remaps users refuses it the host's network otherwise.
            UsernsMode: 'host',
            CapAdd: ['NET_ADMIN'],
            ...HARDENED,
          },
        },
        { timeoutMs: TIMEOUT_MS, limitBytes: OUTPUT_LIMIT_BYTES },
      );
    } catch (error) {
      if (!isDockerError(error, 'rejected', 'not_found')) throw error;
      throw new EgressFilterError('nft does not run in the image of CREWSHIP_FILTER_IMAGE', { cause: error });
    }
  }

  /** Whom the daemon has containers ask: its own choice of what the host asks, or what its operator told it. */
  async function findResolvers(): Promise<readonly IpNetwork[]> {
    if (resolvers !== undefined && Date.now() - resolvers.at < RESOLVERS_KEPT_MS) return resolvers.found;
    const asked = docker.runContainer(
      {
        Image: await deps.helperImage.id(),
        User: '65534:65534',
        Entrypoint: ['/bin/sh', '-c', 'cat /etc/resolv.conf'],
        Cmd: [],
        Labels: labels,
        HostConfig: { NetworkMode: 'bridge', ...HARDENED },
      },
      { timeoutMs: TIMEOUT_MS },
    );
    // A daemon without its default bridge: containers then ask public ones, or those of an allowed network.
    const { stdout } = await asked.catch((error: unknown) => {
      if (!isDockerError(error, 'not_found', 'rejected')) throw error;
      return { stdout: '' };
    });
    const named = [...stdout.matchAll(/^nameserver\s+([0-9a-fA-F.:]+)/gm)].map(([, text]) => parseNetwork(text!));
    const found = named.filter((network) => network !== null);
    resolvers = { found, at: Date.now() };
    return found;
  }

  async function findProxies(): Promise<readonly FilterPlace[]> {
    const places: FilterPlace[] = [];
    for (const text of new Set(deps.proxies ?? [])) {
      if (!URL.canParse(text)) continue;
      const { hostname, port, protocol } = new URL(text);
      // One that does not resolve now is of no use to a build either.
      const found = await lookup(hostname.replace(/^\[|\]$/g, ''), { all: true }).catch(() => []);
      const tcpPort = port === '' ? (protocol === 'https:' ? 443 : 80) : Number(port);
      for (const { address } of found) {
        const parsed = parseNetwork(address);
        if (parsed !== null) places.push({ address: parsed, port: tcpPort });
      }
    }
    return places;
  }

  /** Bridges that crews had before their names told the filters of them. */
  async function olderBridges(known: readonly string[]): Promise<readonly string[]> {
    const networks = await docker.listNetworks({ [LABEL.stack]: stackId });
    return networks.map(({ bridge }) => bridge).filter((bridge) => !known.some((prefix) => bridge.startsWith(prefix)));
  }

  return {
    async ensure() {
      const [crews, builds] = [bridgePrefix(stackId, 'crew'), bridgePrefix(stackId, 'build')];
      const rules = egressFilterRules({
        table,
        crewBridges: [`${crews}*`, ...(await olderBridges([crews, builds]))],
        buildBridges: [`${builds}*`],
        resolvers: await findResolvers(),
        proxies: await findProxies(),
        allowed: deps.allowed,
      });
      const { exitCode, stderr } = await nft(rules);
      if (exitCode !== 0) throw new EgressFilterError('nft does not put them in place', { cause: new Error(stderr) });
    },

    async takeCounts() {
      const listed = await nft('-j', 'list', 'table', 'inet', table);
      if (listed.exitCode !== 0) return new Map();
      const counts = readFilterCounts(listed.stdout);
      if (counts.size > 0) await nft(forgetCountsRules(table, counts));
      return counts;
    },

    async sweep() {
      for (const { id, createdAt } of await docker.listContainers(labels)) {
        if (createdAt.getTime() < Date.now() - LEFT_AFTER_MS) await docker.removeContainer(id);
      }
    },

    async remove() {
      await nft('delete', 'table', 'inet', table);
    },
  };
}
