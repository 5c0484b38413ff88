import { notFound } from '../../../domain/kernel/errors/crewship-error.ts';
import type { WorkspaceMember } from '../../../domain/people/workspaces/workspace.ts';
import { oldestFirst, type Page, type PageRequest, readPage, slice } from '../../kernel/page.ts';
import type { ReadPool } from '../../kernel/read-pool.ts';
import { avatarUrl } from '../accounts/find-avatar.ts';
import { sql } from '../../kernel/sql.ts';
import type { Tx } from '../../kernel/transaction.ts';

const ORDER = oldestFirst('m');

const columns = sql.fragment`
  m.id, m.workspace_id, m.user_id, m.role, m.created_at, m.updated_at,
  jsonb_build_object('id', u.id, 'email', u.email, 'full_name', u.full_name,
    'avatar_url', ${avatarUrl}) AS user`;

/** A member by the membership's id. Throws `not_found`. */
export async function getWorkspaceMemberIn(tx: Tx, id: string): Promise<WorkspaceMember> {
  const row = await tx.maybeOne<WorkspaceMember>(
    sql`SELECT ${columns} FROM memberships m JOIN users u ON u.id = m.user_id WHERE m.id = ${id}`,
  );
  if (row === null) throw notFound('member');
  return row;
}

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
      SELECT ${columns}, ${ORDER.key}, count(*) OVER () AS total
      FROM memberships m JOIN users u ON u.id = m.user_id WHERE m.workspace_id = ${workspaceId}
      ${ORDER.after(page)} ORDER BY ${ORDER.by} ${slice(page)}`,
    page,
    () => sql`SELECT count(*) AS total FROM memberships WHERE workspace_id = ${workspaceId}`,
  );
}
