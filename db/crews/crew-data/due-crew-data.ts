import type { Database } from '../../kernel/database.ts';
import { sql } from '../../kernel/sql.ts';

export interface KeptCrew {
  readonly crew_id: string;
  readonly workspace_id: string;
}

/** A crew that is at work is measured this often, and every crew once a day. */
const AT_WORK_MS = 5 * 60_000;
const ANYWAY_MS = 24 * 3_600_000;
/** One that could not be measured. */
const TRY_AGAIN_MS = 3_600_000;

/** Crews, or workspaces of crews, that were deleted so long ago that this host keeps nothing more of them. */
export async function findPurgeableCrews(
  db: Pick<Database, 'systemReads'>,
  options: { readonly hostId: string; readonly keptMs: number; readonly limit: number },
): Promise<readonly KeptCrew[]> {
  return db.systemReads.any<KeptCrew>(
    [],
    sql`
      SELECT d.crew_id, d.workspace_id FROM crew_data d
      JOIN crews c ON c.id = d.crew_id JOIN workspaces w ON w.id = d.workspace_id
      WHERE d.host_id = ${options.hostId} AND c.container_status IN ('stopped', 'error')
        AND least(c.deleted_at, w.deleted_at) <= now() - ${options.keptMs} * interval '1 millisecond'
      ORDER BY least(c.deleted_at, w.deleted_at), d.crew_id ${sql.limit(options.limit)}`,
  );
}

/** Crews whose disk may have changed since it was measured, those that were never measured first. */
export async function findUnmeasuredCrews(
  db: Pick<Database, 'systemReads'>,
  options: { readonly hostId: string; readonly limit: number },
): Promise<readonly KeptCrew[]> {
  return db.systemReads.any<KeptCrew>(
    [],
    sql`
      SELECT d.crew_id, d.workspace_id FROM crew_data d JOIN crews c ON c.id = d.crew_id
      WHERE d.host_id = ${options.hostId} AND (d.measured_at IS NULL
        OR d.measured_at < now() - ${ANYWAY_MS} * interval '1 millisecond'
        OR (d.measured_at < now() - ${AT_WORK_MS} * interval '1 millisecond'
          AND (c.container_status = 'running' OR c.last_used_at > d.measured_at)))
        AND (d.tried_at IS NULL OR d.tried_at < now() - ${TRY_AGAIN_MS} * interval '1 millisecond')
      ORDER BY greatest(d.measured_at, d.tried_at) NULLS FIRST, d.crew_id ${sql.limit(options.limit)}`,
  );
}

/** Runs of a crew that ended so long ago that this host keeps their directories no longer. */
export async function findTrimmableRuns(
  db: Pick<Database, 'systemReads'>,
  options: { readonly hostId: string; readonly crewId: string; readonly keptMs: number; readonly limit: number },
): Promise<readonly string[]> {
  const rows = await db.systemReads.any<{ id: string }>(
    [],
    sql`
      SELECT r.id FROM run_data d JOIN runs r ON r.id = d.run_id
      WHERE d.crew_id = ${options.crewId} AND d.host_id = ${options.hostId}
        AND r.finished_at <= now() - ${options.keptMs} * interval '1 millisecond'
      ORDER BY r.finished_at, r.id ${sql.limit(options.limit)}`,
  );
  return rows.map(({ id }) => id);
}
