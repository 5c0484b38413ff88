import { notFound } from '../../../domain/kernel/errors/crewship-error.ts';
import type { WorkflowAddress } from '../../../domain/kernel/outbox/outbox-command.ts';
import type { Database } from '../../kernel/database.ts';
import type { ReadPool } from '../../kernel/read-pool.ts';
import { sql } from '../../kernel/sql.ts';

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

/** Where a run's processes are, if it had any. Throws `not_found`. */
export async function readRunPlace(
  reads: ReadPool,
  workspaceId: string,
  runId: string,
): Promise<{ id: string; containerId: string | null; crewId: string | null; hostId: string | null }> {
  const row = await reads.maybeOne<{
    id: string;
    containerId: string | null;
    crewId: string | null;
    hostId: string | null;
  }>(
    [workspaceId],
    sql`
      SELECT id, container_id AS "containerId", crew_id AS "crewId", host_id AS "hostId" FROM runs
      WHERE workspace_id = ${workspaceId} AND id = ${runId}`,
  );
  if (row === null) throw notFound('run');
  return row;
}
