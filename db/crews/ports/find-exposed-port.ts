import { createHash } from 'node:crypto';
import type { ExposureStatus } from '../../../domain/crews/ports/port-exposure.ts';
import type { ReadPool } from '../../kernel/read-pool.ts';
import { sql } from '../../kernel/sql.ts';

/** The token's hash, by which its row is found. It has 256 random bits: a slow hash would protect nothing. */
export function hashExposureToken(token: string): Buffer {
  return createHash('sha256').update(token).digest();
}

/** What a request with a token leads to. */
export interface ExposedPort {
  readonly id: string;
  readonly workspace_id: string;
  readonly crew_id: string;
  readonly port: number;
  /** Of the crew's container. */
  readonly generation: number;
  readonly status: ExposureStatus;
  readonly remaining_ms: number;
  /** The container that was exposed is the one that runs. */
  readonly is_running: boolean;
  readonly host_id: string | null;
  readonly was_accessed: boolean;
}

/** By the hash of its token, in any workspace; null also when its crew is gone. */
export async function findExposedPort(systemReads: ReadPool, tokenHash: Buffer): Promise<ExposedPort | null> {
  return systemReads.maybeOne<ExposedPort>(
    [],
    sql`
      SELECT e.id, e.workspace_id, e.crew_id, e.port, c.generation,
        CASE WHEN e.status = 'active' AND e.expires_at <= clock_timestamp() THEN 'expired' ELSE e.status END AS status,
        greatest(0, extract(epoch FROM e.expires_at - clock_timestamp()) * 1000)::double precision AS remaining_ms,
        c.container_status = 'running' AND c.container_id = e.container_id AS is_running, c.host_id,
        e.first_accessed_at IS NOT NULL AS was_accessed
      FROM port_exposures e JOIN crews c ON c.id = e.crew_id AND c.deleted_at IS NULL
      WHERE e.token_hash = ${sql.binary(tokenHash)}`,
  );
}

/** Which of these are open still. */
export async function findActiveExposures(systemReads: ReadPool, ids: readonly string[]): Promise<ReadonlySet<string>> {
  const rows = await systemReads.any<{ id: string }>(
    [],
    sql`
      SELECT id FROM port_exposures
      WHERE id = ANY (${sql.array([...ids], 'text')}) AND status = 'active' AND expires_at > clock_timestamp()`,
  );
  return new Set(rows.map(({ id }) => id));
}
