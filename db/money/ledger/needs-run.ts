import type { ReadPool } from '../../kernel/read-pool.ts';
import { sql } from '../../kernel/sql.ts';

/**
 * Whether a call of a crew that is no run's could pass by a budget that stops calls: one of somebody's, of a project,
 * or of the crew's agents and missions, of which only a run says that it counts for them.
 */
export async function hasBudgetsOfRuns(
  reads: ReadPool,
  { workspaceId, crewId }: { readonly workspaceId: string; readonly crewId: string },
): Promise<boolean> {
  const found = await reads.maybeOne(
    [workspaceId],
    sql`
      SELECT 1 FROM budgets b
      WHERE b.workspace_id = ${workspaceId} AND b.enabled AND b.mode <> 'soft' AND (
        b.scope_kind IN ('user', 'project')
        OR (b.scope_kind = 'agent' AND EXISTS (SELECT FROM agents a WHERE a.id = b.scope_id AND a.crew_id = ${crewId}))
        OR (b.scope_kind = 'mission' AND EXISTS (
          SELECT FROM missions m WHERE m.id = b.scope_id AND m.crew_id = ${crewId}
            AND m.status NOT IN ('COMPLETED', 'FAILED', 'CANCELLED'))))
      LIMIT 1`,
  );
  return found !== null;
}
