import type { Database } from '../../kernel/database.ts';
import { sql } from '../../kernel/sql.ts';

/** The run whose processes a crew's container was removed for, by whichever worker; null: it was not for one. */
export async function findContainerRemover(
  db: Pick<Database, 'reads'>,
  { workspaceId, crewId, containerId }: { workspaceId: string; crewId: string; containerId: string },
): Promise<string | null> {
  const entry = await db.reads.maybeOne<{ run_id: string }>(
    [workspaceId],
    sql`
      SELECT payload->>'run_id' AS run_id FROM journal_entries
      WHERE workspace_id = ${workspaceId} AND entry_type = 'container.removed' AND crew_id = ${crewId}
        AND payload->>'container_id' = ${containerId}
      ORDER BY ts DESC, id DESC LIMIT 1`,
  );
  return entry?.run_id ?? null;
}
