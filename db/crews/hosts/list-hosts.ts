import { notFound } from '../../../domain/kernel/errors/crewship-error.ts';
import { type Host, HOST_ALIVE_MS } from '../../../domain/crews/hosts/host.ts';
import type { ReadPool } from '../../kernel/read-pool.ts';
import { sql } from '../../kernel/sql.ts';
import type { Tx } from '../../kernel/transaction.ts';

const hosts = sql.fragment`
  SELECT h.id, h.status, h.last_heartbeat_at > now() - make_interval(secs => ${HOST_ALIVE_MS / 1_000}) AS live,
    h.architecture, h.engine_version, h.last_heartbeat_at, h.created_at,
    (SELECT count(*)::integer FROM crews c WHERE c.host_id = h.id AND c.deleted_at IS NULL) AS crews,
    jsonb_build_object('capacity', coalesce(s.capacity, 0), 'in_use', coalesce(s.in_use, 0)) AS slots,
    CASE WHEN h.disk_total_bytes IS NOT NULL THEN jsonb_build_object('total_bytes', h.disk_total_bytes, 'free_bytes',
      h.disk_free_bytes, 'low', h.disk_low_since IS NOT NULL, 'quotas', coalesce(h.disk_quotas, false)) END AS disk,
    (SELECT coalesce(sum(d.disk_bytes), 0)::bigint FROM crew_data d WHERE d.host_id = h.id) AS disk_bytes
  FROM hosts h LEFT JOIN slot_scopes s ON s.kind = 'host' AND s.id = h.id`;

/** Every Docker host; liveness is the age of its worker's last heartbeat by Postgres's clock. */
export async function listHosts(systemReads: ReadPool): Promise<Host[]> {
  return systemReads.any<Host>([], sql`${hosts} ORDER BY h.id LIMIT 1000`);
}

/** Throws `not_found`. */
export async function getHostIn(tx: Pick<Tx, 'maybeOne'>, hostId: string): Promise<Host> {
  const host = await tx.maybeOne<Host>(sql`${hosts} WHERE h.id = ${hostId}`);
  if (host === null) throw notFound('host');
  return host;
}

/** How many hosts could take work now. */
export async function countLiveHosts(systemReads: ReadPool): Promise<number> {
  const row = await systemReads.maybeOne<{ live: number }>(
    [],
    sql`
      SELECT count(*) AS live FROM hosts WHERE status = 'up'
        AND last_heartbeat_at > now() - make_interval(secs => ${HOST_ALIVE_MS / 1_000})`,
  );
  return row?.live ?? 0;
}
