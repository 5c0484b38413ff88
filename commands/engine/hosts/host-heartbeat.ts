import { systemActor } from '../../../domain/kernel/access/authority.ts';
import type { Database } from '../../../db/kernel/database.ts';
import { sql } from '../../../db/kernel/sql.ts';
import type { Tx } from '../../../db/kernel/transaction.ts';
import { admitRuns } from '../runs/queue-runs.ts';
import { tellCrewsOfHost } from './tell-crews-of-host.ts';

export interface HostReport {
  readonly hostId: string;
  readonly architecture: string;
  readonly engineVersion: string;
  readonly slots: number;
}

/** The docker-host worker says it is there, and how many runs its host takes at once. */
export async function recordHostHeartbeat(db: Database, report: HostReport): Promise<void> {
  await db.systemTransaction({}, async (tx) => {
    const before = await tx.maybeOne<{ lost_ms: string | null }>(sql`
      SELECT (extract(epoch FROM lost_at) * 1000)::bigint::text AS lost_ms FROM hosts
      WHERE id = ${report.hostId} FOR NO KEY UPDATE`);
    await tx.execute(sql`
      INSERT INTO hosts (id, architecture, engine_version)
        VALUES (${report.hostId}, ${report.architecture}, ${report.engineVersion})
      ON CONFLICT (id) DO UPDATE SET last_heartbeat_at = now(), updated_at = now(), lost_at = NULL,
        status = CASE hosts.status WHEN 'lost' THEN 'up' ELSE hosts.status END,
        architecture = excluded.architecture, engine_version = excluded.engine_version`);
    if (before?.lost_ms != null) await journalBack(tx, report.hostId, before.lost_ms);
    const changed = await tx.execute(sql`
      INSERT INTO slot_scopes (kind, id, capacity) VALUES ('host', ${report.hostId}, ${report.slots})
      ON CONFLICT (kind, id) DO UPDATE SET capacity = excluded.capacity
      WHERE slot_scopes.capacity <> excluded.capacity`);
    // Runs that wait for a place of this host take the new ones now: nothing else would look.
    if (changed > 0) await admitRuns(tx, report.hostId);
  });
}

async function journalBack(tx: Tx, hostId: string, lostMs: string): Promise<void> {
  const payload = { lost_at: new Date(Number(lostMs)).toISOString() };
  tx.journal({
    transitionId: `host-${hostId}:back-from-${lostMs}`,
    type: 'host.back',
    severity: 'notice',
    actor: systemActor(),
    workspaceId: null,
    targetType: 'host',
    targetId: hostId,
    summary: `host ${hostId} is back`,
    payload,
  });
  await tellCrewsOfHost(tx, {
    hostId,
    severity: 'notice',
    summary: 'the crew’s Docker host is back',
    once: `host-back-from-${lostMs}`,
    says: { type: 'crew.host_back', payload: { host_id: hostId, ...payload } },
  });
}
