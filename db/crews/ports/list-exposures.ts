import type { ExposureStatus } from '../../../domain/crews/ports/port-exposure.ts';
import { newestFirst, type Page, type PageRequest, readPage, slice } from '../../kernel/page.ts';
import type { ReadPool } from '../../kernel/read-pool.ts';
import { sql } from '../../kernel/sql.ts';

/** A port of a crew's container that whoever knows its token may reach. */
export interface PortExposure {
  readonly id: string;
  readonly workspace_id: string;
  readonly crew_id: string;
  readonly agent_id: string;
  readonly chat_id: string | null;
  readonly port: number;
  readonly description: string | null;
  readonly status: ExposureStatus;
  readonly expires_at: string;
  readonly first_accessed_at: string | null;
  readonly revoked_at: string | null;
  readonly revoked_by: string | null;
  readonly revoke_reason: string | null;
  readonly created_at: string;
}

/** By the database's clock, whether or not the sweep has seen it. */
export const exposureStatusNow = sql.fragment`
  CASE WHEN status = 'active' AND expires_at <= clock_timestamp() THEN 'expired' ELSE status END`;

export const exposureColumns = sql.fragment`
  id, workspace_id, crew_id, agent_id, chat_id, port, description, ${exposureStatusNow} AS status, expires_at,
  first_accessed_at, revoked_at, revoked_by, revoke_reason, created_at`;

const EXPOSURES = newestFirst('port_exposures');

/** Exposures of a crew, newest first; of any status when null. */
export function listExposures(
  reads: ReadPool,
  workspaceId: string,
  crewId: string,
  status: ExposureStatus | null,
  page: PageRequest,
): Promise<Page<PortExposure>> {
  const ofStatus = status === null ? sql.fragment`` : sql.fragment`AND ${exposureStatusNow} = ${status}`;
  const where = sql.fragment`workspace_id = ${workspaceId} AND crew_id = ${crewId} ${ofStatus}`;
  return readPage<PortExposure>(
    reads,
    [workspaceId],
    sql`
      SELECT ${exposureColumns}, ${EXPOSURES.key}, count(*) OVER () AS total FROM port_exposures
      WHERE ${where} ${EXPOSURES.after(page)} ORDER BY ${EXPOSURES.by} ${slice(page)}`,
    page,
    () => sql`SELECT count(*) AS total FROM port_exposures WHERE ${where}`,
  );
}
