import type { ReadPool } from '../../kernel/read-pool.ts';
import { sql } from '../../kernel/sql.ts';

/** Names of those of these people who are in a workspace now. */
export function nameMembers(
  reads: ReadPool,
  workspaceId: string,
  userIds: readonly string[],
): Promise<readonly { readonly id: string; readonly name: string }[]> {
  return reads.any<{ id: string; name: string }>(
    [workspaceId],
    sql`
      SELECT u.id, u.full_name AS name FROM memberships m JOIN users u ON u.id = m.user_id
      WHERE m.workspace_id = ${workspaceId} AND m.disabled_at IS NULL
        AND m.user_id = ANY (${sql.array([...userIds], 'text')})
      ORDER BY u.full_name, u.id`,
  );
}
