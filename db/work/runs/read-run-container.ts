import type { WorkflowAddress } from '../../../domain/kernel/outbox/outbox-command.ts';
import type { Database } from '../../kernel/database.ts';
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
