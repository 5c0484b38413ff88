import type { Database } from '../../../db/kernel/database.ts';
import type { FilterCounts } from '../../../domain/crews/egress/egress-filter.ts';
import { orchestratorActor } from '../../../domain/kernel/access/authority.ts';

/** What was counted on the bridge of a crew, or of a build that a workspace asked for. */
export interface BridgeTraffic {
  readonly workspaceId: string;
  readonly crewId: string | null;
  readonly buildId: string | null;
  readonly counts: FilterCounts;
}

/**
 * `network.egress` of what the host's filters counted: packets carry no names, so that there is one entry for what
 * passed and one for what was refused, both of all hosts together.
 */
export async function journalBridgeTraffic(db: Database, traffic: BridgeTraffic): Promise<void> {
  const { workspaceId, crewId, buildId } = traffic;
  const { opened, sent, received, refused } = traffic.counts;
  const common = { workspaceId, crewId, type: 'network.egress', actor: orchestratorActor() } as const;
  const ofBuild = buildId === null ? {} : { build_id: buildId };
  await db.transaction({ workspaceIds: [workspaceId] }, async (tx) => {
    if (sent.packets + received.packets > 0) {
      tx.journal({
        ...common,
        summary: 'other hosts allowed',
        payload: {
          host: '*',
          decision: 'allowed',
          rule: crewId === null ? 'build' : 'network_mode free',
          connections: opened.packets,
          bytes_sent: sent.bytes,
          bytes_received: received.bytes,
          ...ofBuild,
        },
      });
    }
    if (refused.packets > 0) {
      tx.journal({
        ...common,
        summary: 'other hosts denied',
        payload: {
          host: '*',
          decision: 'denied',
          rule: 'not a public address',
          connections: refused.packets,
          bytes_sent: 0,
          bytes_received: 0,
          ...ofBuild,
        },
      });
    }
  });
}
