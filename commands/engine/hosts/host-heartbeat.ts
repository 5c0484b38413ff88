import { systemActor } from '../../../domain/kernel/access/authority.ts';
import { isDiskLow, type SeenDisk } from '../../../domain/crews/hosts/host.ts';
import { newId } from '../../../platform/ids/ids.ts';
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
  /** The file system of its data. */
  readonly disk?: SeenDisk;
}

/** The docker-host worker says it is there, and how many runs its host takes at once. */
export async function recordHostHeartbeat(db: Database, report: HostReport): Promise<void> {
  await db.systemTransaction({}, async (tx) => {
    const before = await tx.maybeOne<{ lost_ms: string | null; was_low: boolean }>(sql`
      SELECT (extract(epoch FROM lost_at) * 1000)::bigint::text AS lost_ms, disk_low_since IS NOT NULL AS was_low
      FROM hosts WHERE id = ${report.hostId} FOR NO KEY UPDATE`);
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
    const hasRoomAgain = report.disk !== undefined && (await noteDisk(tx, report.hostId, report.disk, before?.was_low));
    // Runs that wait for a place of this host take the new ones now: nothing else would look.
    if (changed > 0 || hasRoomAgain) await admitRuns(tx, report.hostId);
  });
}

/** True: the disk was low, and is not any more. */
async function noteDisk(tx: Tx, hostId: string, disk: SeenDisk, wasLow = false): Promise<boolean> {
  const isLow = isDiskLow(disk, wasLow);
  const { totalBytes, freeBytes } = disk;
  await tx.execute(sql`
    UPDATE hosts SET disk_total_bytes = ${totalBytes}, disk_free_bytes = ${freeBytes}, disk_quotas = ${disk.quotas},
      disk_low_since = CASE WHEN ${isLow} THEN coalesce(disk_low_since, now()) END
    WHERE id = ${hostId}`);
  if (isLow === wasLow) return false;
  const payload = { total_bytes: totalBytes, free_bytes: freeBytes };
  const left = `${Math.floor((freeBytes * 100) / totalBytes)} % of its disk is free`;
  const severity = isLow ? 'warn' : 'notice';
  tx.journal({
    type: isLow ? 'host.disk_low' : 'host.disk_ok',
    severity,
    actor: systemActor(),
    workspaceId: null,
    targetType: 'host',
    targetId: hostId,
    summary: isLow ? `host ${hostId} begins no attempts: ${left}` : `host ${hostId} begins attempts again: ${left}`,
    payload,
  });
  await tellCrewsOfHost(tx, {
    hostId,
    severity,
    summary: isLow
      ? 'no attempt of the crew begins until there is room on the disk of its host'
      : 'there is room on the disk of the crew’s host again',
    once: `host-disk-${isLow ? 'low' : 'ok'}-${newId()}`,
    says: { type: isLow ? 'crew.host_disk_low' : 'crew.host_disk_ok', payload: { host_id: hostId, ...payload } },
  });
  return !isLow;
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
