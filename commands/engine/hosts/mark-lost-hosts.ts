import { systemActor } from '../../../domain/kernel/access/authority.ts';
import type { Database } from '../../../db/kernel/database.ts';
import { sql } from '../../../db/kernel/sql.ts';
import { HOST_ALIVE_MS } from '../../../domain/crews/hosts/host.ts';
import { tellCrewsOfHost } from './tell-crews-of-host.ts';

/**
 * Says of every silent host that it is lost, with the entry in the instance's stream and one a crew in its workspace's.
 * A draining host stays draining: a person decided that, and the heartbeat that ends `lost` makes it `up`. Returns the
 * ids.
 */
export async function markLostHosts(db: Pick<Database, 'systemTransaction'>): Promise<string[]> {
  return db.systemTransaction({}, async (tx) => {
    const lost = await tx.any<{ id: string; heartbeat_ms: string }>(sql`
      UPDATE hosts SET status = CASE status WHEN 'up' THEN 'lost' ELSE status END, lost_at = now(), updated_at = now()
      WHERE lost_at IS NULL AND last_heartbeat_at <= now() - ${HOST_ALIVE_MS} * interval '1 millisecond'
      RETURNING id, (extract(epoch FROM last_heartbeat_at) * 1000)::bigint::text AS heartbeat_ms`);
    for (const host of lost) {
      const lastHeartbeat = new Date(Number(host.heartbeat_ms)).toISOString();
      tx.journal({
        transitionId: `host-${host.id}:lost-since-${host.heartbeat_ms}`,
        type: 'host.lost',
        severity: 'warn',
        actor: systemActor(),
        workspaceId: null,
        targetType: 'host',
        targetId: host.id,
        summary: `host ${host.id} is lost: no heartbeat for ${HOST_ALIVE_MS / 1_000} s`,
        payload: { last_heartbeat_at: lastHeartbeat },
      });
      await tellCrewsOfHost(tx, {
        hostId: host.id,
        severity: 'warn',
        summary: 'the crew’s Docker host is lost: nothing of it runs on until the host is back or the crew is moved',
        once: `host-lost-since-${host.heartbeat_ms}`,
        says: { type: 'crew.host_lost', payload: { host_id: host.id, last_heartbeat_at: lastHeartbeat } },
      });
    }
    return lost.map(({ id }) => id);
  });
}
