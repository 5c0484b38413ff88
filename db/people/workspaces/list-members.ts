import type { WorkspaceMember } from '../../../domain/people/workspaces/workspace.ts';
import { type Page, type PageRequest, readPage, slice } from '../../kernel/page.ts';
import type { ReadPool } from '../../kernel/read-pool.ts';
import { sql } from '../../kernel/sql.ts';

/** Members of a workspace, oldest first. */
export async function listMembers(
  reads: ReadPool,
  workspaceId: string,
  page: PageRequest,
): Promise<Page<WorkspaceMember>> {
  return readPage<WorkspaceMember>(
    reads,
    [workspaceId],
    sql`
      SELECT m.id, m.workspace_id, m.user_id, m.role, m.created_at, m.updated_at,
        jsonb_build_object('id', u.id, 'email', u.email, 'full_name', u.full_name) AS user, count(*) OVER () AS total
      FROM memberships m JOIN users u ON u.id = m.user_id WHERE m.workspace_id = ${workspaceId}
      ORDER BY m.created_at, m.id ${slice(page)}`,
    page,
    () => sql`SELECT count(*) AS total FROM memberships WHERE workspace_id = ${workspaceId}`,
  );
}
