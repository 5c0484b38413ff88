import { notFound } from '../../../domain/kernel/errors/crewship-error.ts';
import type { WorkflowAddress } from '../../../domain/kernel/outbox/outbox-command.ts';
import type { Database } from '../../kernel/database.ts';
import type { ReadPool } from '../../kernel/read-pool.ts';
import { sql } from '../../kernel/sql.ts';
import { type RunViewer, seesRun } from './list-runs.ts';

/** Where a settled run's process was; null when it never had one. */
export async function readRunContainer(
  db: Database,
  address: WorkflowAddress,
): Promise<{ containerId: string; crewId: string } | null> {
  return db.reads.maybeOne<{ containerId: string; crewId: string }>(
    [address.workspaceId],
    sql`
      SELECT container_id AS "containerId", crew_id AS "crewId" FROM runs
      WHERE id = ${address.id} AND exec_id IS NOT NULL AND crew_id IS NOT NULL`,
  );
}

/** Where a run's processes are, if it had any. Throws `not_found`, also for one that the viewer may not see. */
export async function readRunPlace(
  reads: ReadPool,
  viewer: RunViewer,
  runId: string,
): Promise<{ id: string; containerId: string | null; crewId: string | null; hostId: string | null }> {
  const row = await reads.maybeOne<{
    id: string;
    containerId: string | null;
    crewId: string | null;
    hostId: string | null;
  }>(
    [viewer.workspaceId],
    sql`
      SELECT r.id, r.container_id AS "containerId", r.crew_id AS "crewId", r.host_id AS "hostId" FROM runs r
      WHERE r.workspace_id = ${viewer.workspaceId} AND r.id = ${runId} AND ${seesRun(viewer)}`,
  );
  if (row === null) throw notFound('run');
  return row;
}
