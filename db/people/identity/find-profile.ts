import type { Role } from '../../../domain/kernel/access/authority.ts';
import { type NamespaceGrant, namespaceGrants } from '../../../domain/people/identity/namespace-grants.ts';
import type { ReadPool } from '../../kernel/read-pool.ts';
import { sql } from '../../kernel/sql.ts';

/** A person as they are told of themselves, in one of their workspaces. */
export interface Profile {
  readonly id: string;
  readonly username: string;
  readonly email: string;
  readonly full_name: string;
  readonly role: Role | null;
  readonly team: { readonly id: string; readonly name: string; readonly slug: string } | null;
  readonly namespaces: readonly NamespaceGrant[];
}

/** Most projects whose namespaces are told, the newest first. */
const MAX_PROJECTS = 500;

/** Role and team are null where there is no workspace, or the person is no member of it. */
export async function findProfile(
  systemReads: ReadPool,
  userId: string,
  workspaceId: string | null,
): Promise<Profile | null> {
  const row = await systemReads.maybeOne<
    Omit<Profile, 'namespaces'> & { readonly projects: Parameters<typeof namespaceGrants>[1] }
  >(
    [],
    sql`
      SELECT u.id, u.username, u.email, u.full_name, m.role,
        CASE WHEN w.id IS NOT NULL THEN jsonb_build_object('id', w.id, 'name', w.name, 'slug', w.slug) END AS team,
        coalesce((
          SELECT jsonb_agg(jsonb_build_object('id', p.id, 'role', p.role) ORDER BY p.id) FROM (
            SELECT own.id, own.role FROM (
              SELECT p.id, p.created_at, crewship_project_role(p.id, u.id) AS role FROM projects p
              WHERE p.workspace_id = w.id AND p.deleted_at IS NULL) own
            WHERE own.role IS NOT NULL ORDER BY own.created_at DESC, own.id DESC ${sql.limit(MAX_PROJECTS)}) p
        ), '[]'::jsonb) AS projects
      FROM users u
        LEFT JOIN (memberships m JOIN workspaces w ON w.id = m.workspace_id AND w.deleted_at IS NULL)
          ON m.user_id = u.id AND m.workspace_id = ${workspaceId} AND m.disabled_at IS NULL
      WHERE u.id = ${userId}`,
  );
  if (row === null) return null;
  const { projects, ...person } = row;
  return { ...person, namespaces: namespaceGrants(row.role, projects) };
}
