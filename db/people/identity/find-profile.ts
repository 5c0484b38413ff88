import type { Role } from '../../../domain/kernel/access/authority.ts';
import type { NamespaceGrant } from '../../../domain/people/identity/namespace-grants.ts';
import type { ReadPool } from '../../kernel/read-pool.ts';
import { sql } from '../../kernel/sql.ts';
import { reachedNamespaces } from '../../knowledge/namespaces/reach.ts';

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

/** Most namespaces that are told: the team’s and those that people made, then those of the newest projects. */
const MAX_NAMESPACES = 500;

/** Role and team are null where there is no workspace, or the person is no member of it. */
export async function findProfile(
  systemReads: ReadPool,
  userId: string,
  workspaceId: string | null,
): Promise<Profile | null> {
  return systemReads.maybeOne<Profile>(
    [],
    sql`
      SELECT u.id, u.username, u.email, u.full_name, m.role,
        CASE WHEN w.id IS NOT NULL THEN jsonb_build_object('id', w.id, 'name', w.name, 'slug', w.slug) END AS team,
        coalesce((
          SELECT jsonb_agg(jsonb_build_object('name', own.name, 'access', own.access)
            ORDER BY own.of_project, own.name) FROM (
              SELECT n.name, a.access, n.project_id IS NOT NULL AS of_project FROM ${reachedNamespaces}
              WHERE m.workspace_id = w.id AND m.user_id = u.id AND m.disabled_at IS NULL AND a.access IS NOT NULL
              ORDER BY n.project_id IS NOT NULL, n.created_at DESC, n.id DESC ${sql.limit(MAX_NAMESPACES)}) own
        ), '[]'::jsonb) AS namespaces
      FROM users u
        LEFT JOIN (memberships m JOIN workspaces w ON w.id = m.workspace_id AND w.deleted_at IS NULL)
          ON m.user_id = u.id AND m.workspace_id = ${workspaceId} AND m.disabled_at IS NULL
      WHERE u.id = ${userId}`,
  );
}
