import type { Role } from '../../../domain/kernel/access/authority.ts';
import { notFound } from '../../../domain/kernel/errors/crewship-error.ts';
import { type NamespaceGrant, namespaceGrants } from '../../../domain/people/identity/namespace-grants.ts';
import { oldestFirst, type Page, type PageRequest, readPage, slice } from '../../kernel/page.ts';
import type { ReadPool } from '../../kernel/read-pool.ts';
import { type Fragment, sql } from '../../kernel/sql.ts';
import type { Tx } from '../../kernel/transaction.ts';

const ORDER = oldestFirst('m');

/** A person as those who manage a workspace see them; what is the account's is null where it is another workspace's. */
export interface WorkspaceUser {
  readonly id: string;
  readonly username: string;
  readonly email: string;
  readonly full_name: string;
  readonly role: Role;
  readonly is_active: boolean;
  readonly is_disabled: boolean | null;
  readonly locked_until: string | null;
  readonly last_login_at: string | null;
  readonly identity_managed_here: boolean;
  readonly namespaces: readonly NamespaceGrant[];
}

export interface UserFilter {
  readonly role: Role | null;
  readonly status: 'active' | 'inactive' | 'disabled' | null;
  /** Part of a name or address, in any case. */
  readonly q: string | null;
}

/** What a person's failed attempts are counted under. */
export type DigestOf = (userId: string) => Buffer;

type Row = Omit<WorkspaceUser, 'locked_until' | 'namespaces'> & {
  readonly projects: Parameters<typeof namespaceGrants>[1];
  readonly grants: readonly NamespaceGrant[];
};

/** Most projects of a person whose namespaces are told, the newest first. */
const MAX_PROJECTS = 100;

const isHome = sql.fragment`(u.home_workspace_id IS NOT DISTINCT FROM m.workspace_id)`;

const columns = sql.fragment`
  u.id, u.username, u.email, u.full_name, m.role, m.disabled_at IS NULL AS is_active,
  CASE WHEN ${isHome} THEN u.disabled_at IS NOT NULL END AS is_disabled,
  CASE WHEN ${isHome} THEN (SELECT max(s.created_at) FROM auth_sessions s WHERE s.user_id = u.id) END AS last_login_at,
  ${isHome} AS identity_managed_here,
  coalesce((
    SELECT jsonb_agg(jsonb_build_object('id', own.id, 'role', own.role) ORDER BY own.id) FROM (
      SELECT p.id, pm.role FROM project_members pm
      JOIN projects p ON p.id = pm.project_id AND p.deleted_at IS NULL
      WHERE pm.user_id = u.id AND pm.workspace_id = m.workspace_id
      ORDER BY p.created_at DESC, p.id DESC ${sql.limit(MAX_PROJECTS)}) own
  ), '[]'::jsonb) AS projects,
  coalesce((
    SELECT jsonb_agg(jsonb_build_object('name', n.name, 'access', g.access) ORDER BY n.name) FROM knowledge_grants g
    JOIN knowledge_namespaces n ON n.id = g.namespace_id
    WHERE g.user_id = u.id AND g.workspace_id = m.workspace_id
  ), '[]'::jsonb) AS grants`;

const rows = sql.fragment`FROM memberships m JOIN users u ON u.id = m.user_id`;

function matching(workspaceId: string, { role, status, q }: UserFilter): Fragment {
  const parts = [sql.fragment`m.workspace_id = ${workspaceId}`];
  if (role !== null) parts.push(sql.fragment`m.role = ${role}`);
  if (status === 'active') parts.push(sql.fragment`m.disabled_at IS NULL`);
  if (status === 'inactive') parts.push(sql.fragment`m.disabled_at IS NOT NULL`);
  if (status === 'disabled') parts.push(sql.fragment`${isHome} AND u.disabled_at IS NOT NULL`);
  if (q !== null) {
    const part = q.toLowerCase();
    parts.push(sql.fragment`(position(${part} IN lower(u.full_name)) > 0 OR position(${part} IN u.username) > 0
      OR position(${part} IN u.email) > 0)`);
  }
  return sql.join(parts, sql.fragment` AND `);
}

/** People of a workspace, the oldest member first. Accounts belong to no workspace: read by the system login. */
export async function listUsers(
  systemReads: ReadPool,
  workspaceId: string,
  { filter, page, digestOf }: { readonly filter: UserFilter; readonly page: PageRequest; readonly digestOf: DigestOf },
): Promise<Page<WorkspaceUser>> {
  const where = matching(workspaceId, filter);
  const found = await readPage<Row>(
    systemReads,
    [],
    sql`SELECT ${columns}, ${ORDER.key}, count(*) OVER () AS total ${rows} WHERE ${where}
        ${ORDER.after(page)} ORDER BY ${ORDER.by} ${slice(page)}`,
    page,
    () => sql`SELECT count(*) AS total ${rows} WHERE ${where}`,
  );
  const digests = digestsOf(found.rows, digestOf);
  const locks =
    digests.size === 0
      ? []
      : await systemReads.any<{ digest: string; until: string }>([], locksOf([...digests.keys()]));
  const until = new Map(locks.map((lock) => [digests.get(lock.digest), lock.until]));
  return { ...found, rows: found.rows.map((row) => toUser(row, until.get(row.id) ?? null)) };
}

/** One of them, in a system transaction. Throws `not_found`. */
export async function getUserIn(
  tx: Tx,
  user: { readonly workspaceId: string; readonly id: string },
  digestOf: DigestOf,
): Promise<WorkspaceUser> {
  const row = await tx.maybeOne<Row>(sql`
    SELECT ${columns} ${rows} WHERE m.workspace_id = ${user.workspaceId} AND u.id = ${user.id}`);
  if (row === null) throw notFound('user');
  if (!row.identity_managed_here) return toUser(row, null);
  const lock = await tx.maybeOne<{ until: string }>(locksOf([digestOf(row.id).toString('hex')]));
  return toUser(row, lock?.until ?? null);
}

/** Digests of those whose accounts are the workspace's, in hex, and whose each is. */
function digestsOf(users: readonly Row[], digestOf: DigestOf): Map<string, string> {
  const own = users.filter((user) => user.identity_managed_here);
  return new Map(own.map(({ id }) => [digestOf(id).toString('hex'), id]));
}

/** Until when the latest of what closes a name does. */
function locksOf(digests: string[]) {
  return sql`
    SELECT encode(name_digest, 'hex') AS digest, max(blocked_until) AS until FROM login_attempts
    WHERE name_digest IN (SELECT decode(d, 'hex') FROM unnest(${sql.array(digests, 'text')}) d)
      AND blocked_until > now()
    GROUP BY name_digest`;
}

function toUser({ projects, grants, ...row }: Row, lockedUntil: string | null): WorkspaceUser {
  const namespaces = [...namespaceGrants(row.role, projects), ...grants];
  return { ...row, locked_until: lockedUntil, namespaces };
}
