import { HOST_ALIVE_MS } from '../../../domain/crews/hosts/host.ts';
import { CrewshipError } from '../../../domain/kernel/errors/crewship-error.ts';
import { sql } from '../../../db/kernel/sql.ts';
import type { Tx } from '../../../db/kernel/transaction.ts';

/**
 * Gives a crew its host, once: the live one with the most free places. A crew that has one keeps it, alive or not, as
 * its volumes are there. Throws `no_live_host`, and `forbidden` for a crew that waits for review: nothing runs in it.
 */
export async function placeCrew(tx: Tx, crewId: string): Promise<string> {
  const crew = await tx.one<{ host_id: string | null; held: boolean }>(
    sql`SELECT host_id, held FROM crews WHERE id = ${crewId} FOR NO KEY UPDATE`,
  );
  if (crew.held) throw new CrewshipError('forbidden', 'the crew is held until it is reviewed');
  if (crew.host_id !== null) return crew.host_id;
  const hostId = await findLiveHost(tx, null);
  await tx.execute(sql`UPDATE crews SET host_id = ${hostId}, updated_at = now() WHERE id = ${crewId}`);
  return hostId;
}

/** The live host with the most free places, but for one. Throws `no_live_host`. */
export async function findLiveHost(tx: Tx, butFor: string | null): Promise<string> {
  const host = await tx.maybeOne<{ id: string }>(sql`
    SELECT h.id FROM hosts h JOIN slot_scopes s ON s.kind = 'host' AND s.id = h.id
    WHERE h.status = 'up' AND h.disk_low_since IS NULL
      AND h.last_heartbeat_at > now() - ${HOST_ALIVE_MS} * interval '1 millisecond'
      AND h.id IS DISTINCT FROM ${butFor}
    ORDER BY s.capacity - s.in_use DESC, h.id LIMIT 1`);
  if (host === null) {
    throw new CrewshipError('no_live_host', `no ${butFor === null ? '' : 'other '}Docker host is up to run this crew`);
  }
  return host.id;
}
