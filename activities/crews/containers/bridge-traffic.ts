import { type BridgeTraffic, journalBridgeTraffic } from '../../../commands/crews/egress/journal-bridge-traffic.ts';
import type { Database } from '../../../db/kernel/database.ts';
import { readBuildWorkspaces } from '../../../db/crews/provisioning/build-workspaces.ts';
import type { DockerClient } from '../../../platform/docker/docker-client.ts';
import type { ListedNetwork } from '../../../platform/docker/docker-networks.ts';
import type { Logger } from '../../../platform/logging/logger.ts';
import { LABEL } from './crew-container-options.ts';
import type { EgressFilter } from './egress-filter.ts';

/** What the bridges of this host's builds and crews with an open network carry, as it is told the journal. */
export interface BridgeTrafficWatch {
  /**
   * Writes down what was counted since the last time. Never rejects: counts are no reason to keep what is to go. Does
   * nothing where there is no such bridge; whether there is one is what it resolves with.
   */
  collect(): Promise<boolean>;
}

export function createBridgeTrafficWatch(deps: {
  readonly db: Database;
  readonly docker: Pick<DockerClient, 'listNetworks'>;
  readonly egressFilter: Pick<EgressFilter, 'takeCounts'>;
  readonly stackId: string;
  readonly log: Pick<Logger, 'warn'>;
}): BridgeTrafficWatch {
  const { db, docker, stackId, log } = deps;
  let turn: Promise<boolean> = Promise.resolve(false);
  const warn = (error: unknown) => log.warn({ err: error }, 'what bridges carry is not counted');

  async function collect(): Promise<boolean> {
    const networks = await docker.listNetworks({ [LABEL.stack]: stackId });
    if (networks.length === 0) return false;
    const counts = await deps.egressFilter.takeCounts();
    const counted = networks.filter(({ bridge }) => counts.has(bridge));
    const buildIds = counted.flatMap(({ labels }) => labels[LABEL.build] ?? []);
    const builds = await readBuildWorkspaces(db, buildIds);
    for (const traffic of counted.flatMap(trafficOf)) {
      // One workspace's, which may be about to go, is no reason to lose the others'.
      await journalBridgeTraffic(db, traffic).catch(warn);
    }
    return true;

    function trafficOf({ bridge, labels }: ListedNetwork): BridgeTraffic[] {
      const buildId = labels[LABEL.build] ?? null;
      const workspaceId = buildId === null ? labels[LABEL.workspace] : builds.get(buildId);
      if (workspaceId === undefined) return [];
      return [{ workspaceId, crewId: labels[LABEL.crew] ?? null, buildId, counts: counts.get(bridge)! }];
    }
  }

  return {
    collect() {
      // One after the other: what one has taken another does not find.
      turn = turn.then(collect).catch((error: unknown) => {
        warn(error);
        return true;
      });
      return turn;
    },
  };
}
