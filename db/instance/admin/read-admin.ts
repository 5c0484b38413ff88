import type { Role } from '../../../domain/kernel/access/authority.ts';
import { oldestFirst, type Page, type PageRequest, readPage, slice } from '../../kernel/page.ts';
import type { ReadPool } from '../../kernel/read-pool.ts';
import { avatarUrl } from '../../people/accounts/find-avatar.ts';
import { sql } from '../../kernel/sql.ts';

const ORDER = oldestFirst('m');

export interface WorkspaceStats {
  readonly users: number;
  readonly agents: number;
  readonly running: number;
  readonly crews: number;
}

/** Numbers of a workspace. */
export async function readWorkspaceStats(reads: ReadPool, workspaceId: string): Promise<WorkspaceStats> {
  const row = await reads.maybeOne<WorkspaceStats>(
    [workspaceId],
    sql`
      SELECT (SELECT count(*) FROM memberships WHERE workspace_id = ${workspaceId}) AS users,
        (SELECT count(*) FROM agents WHERE workspace_id = ${workspaceId} AND deleted_at IS NULL) AS agents,
        (SELECT count(*) FROM slot_leases WHERE workspace_id = ${workspaceId} AND kind = 'host') AS running,
        (SELECT count(*) FROM crews WHERE workspace_id = ${workspaceId} AND deleted_at IS NULL) AS crews`,
  );
  return row ?? { users: 0, agents: 0, running: 0, crews: 0 };
}

export interface AdminUser {
  readonly id: string;
  readonly email: string;
  readonly full_name: string;
  readonly avatar_url: string | null;
  readonly created_at: string;
  readonly role: Role;
  readonly workspace: { readonly id: string; readonly name: string; readonly slug: string };
}

/** The people of a workspace, oldest member first. */
export async function listAdminUsers(
  reads: ReadPool,
  workspaceId: string,
  page: PageRequest,
): Promise<Page<AdminUser>> {
  return readPage<AdminUser>(
    reads,
    [workspaceId],
    sql`
      SELECT u.id, u.email, u.full_name, ${avatarUrl} AS avatar_url, u.created_at, m.role,
        jsonb_build_object('id', w.id, 'name', w.name, 'slug', w.slug) AS workspace, ${ORDER.key},
        count(*) OVER () AS total
      FROM memberships m JOIN users u ON u.id = m.user_id JOIN workspaces w ON w.id = m.workspace_id
      WHERE m.workspace_id = ${workspaceId} ${ORDER.after(page)} ORDER BY ${ORDER.by} ${slice(page)}`,
    page,
    () => sql`SELECT count(*) AS total FROM memberships WHERE workspace_id = ${workspaceId}`,
  );
}

export interface AdminWorkspace {
  readonly id: string;
  readonly name: string;
  readonly slug: string;
  readonly created_at: string;
  readonly updated_at: string;
  readonly _count_members: number;
  readonly _count_agents: number;
  readonly _count_crews: number;
}

/** The workspace with what is in it. */
export async function readAdminWorkspaces(reads: ReadPool, workspaceId: string): Promise<AdminWorkspace[]> {
  return reads.any<AdminWorkspace>(
    [workspaceId],
    sql`
      SELECT w.id, w.name, w.slug, w.created_at, w.updated_at,
        (SELECT count(*) FROM memberships m WHERE m.workspace_id = w.id) AS "_count_members",
        (SELECT count(*) FROM agents a WHERE a.workspace_id = w.id AND a.deleted_at IS NULL) AS "_count_agents",
        (SELECT count(*) FROM crews c WHERE c.workspace_id = w.id AND c.deleted_at IS NULL) AS "_count_crews"
      FROM workspaces w WHERE w.id = ${workspaceId} AND w.deleted_at IS NULL`,
  );
}
