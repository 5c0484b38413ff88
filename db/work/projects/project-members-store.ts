import type { Role } from '../../../domain/kernel/access/authority.ts';
import type { ProjectMember } from '../../../domain/work/projects/project.ts';
import { ascending, listOrder, type Page, type PageRequest, readPage, slice } from '../../kernel/page.ts';
import type { ReadPool } from '../../kernel/read-pool.ts';
import { sql } from '../../kernel/sql.ts';
import type { Tx } from '../../kernel/transaction.ts';

const OLDEST_FIRST = listOrder(
  ascending('time', sql.fragment`m.created_at`),
  ascending('text', sql.fragment`m.user_id`),
);
const BY_NAME = listOrder(
  ascending('text', sql.fragment`lower(u.full_name)`),
  ascending('text', sql.fragment`w.user_id`),
);

const select = sql.fragment`
  SELECT m.user_id, u.full_name, u.email, m.role, m.created_at AS added_at`;
const rows = sql.fragment`FROM project_members m JOIN users u ON u.id = m.user_id`;

/** Members of a project, oldest first; not those whom their role in the workspace lets in. */
export function listProjectMembers(
  reads: ReadPool,
  project: { readonly id: string; readonly workspace_id: string },
  page: PageRequest,
): Promise<Page<ProjectMember>> {
  return readPage<ProjectMember>(
    reads,
    [project.workspace_id],
    sql`
      ${select}, ${OLDEST_FIRST.key}, count(*) OVER () AS total ${rows} WHERE m.project_id = ${project.id}
      ${OLDEST_FIRST.after(page)} ORDER BY ${OLDEST_FIRST.by} ${slice(page)}`,
    page,
    () => sql`SELECT count(*) AS total FROM project_members WHERE project_id = ${project.id}`,
  );
}

/** One of them; null: no member of the project. */
export function findProjectMemberIn(tx: Tx, projectId: string, userId: string): Promise<ProjectMember | null> {
  return tx.maybeOne<ProjectMember>(sql`${select} ${rows} WHERE m.project_id = ${projectId} AND m.user_id = ${userId}`);
}

/** How many owners a project has besides this person. */
export async function countOtherProjectOwners(tx: Tx, projectId: string, userId: string): Promise<number> {
  const row = await tx.one<{ owners: number }>(sql`
    SELECT count(*) AS owners FROM project_members
    WHERE project_id = ${projectId} AND role = 'owner' AND user_id <> ${userId}`);
  return row.owners;
}

/** A member of the workspace, as who fills a project sees them; `role` is the one in the workspace. */
export interface TeamUser {
  readonly user_id: string;
  readonly full_name: string;
  readonly email: string;
  readonly role: Role;
  readonly is_member: boolean;
}

/** Members of the workspace by name, and whether each is one of the project. */
export function listTeamUsers(
  reads: ReadPool,
  project: { readonly id: string; readonly workspace_id: string },
  filter: { readonly search: string | undefined; readonly withoutMembers: boolean },
  page: PageRequest,
): Promise<Page<TeamUser>> {
  const isMember = sql.fragment`
    EXISTS (SELECT 1 FROM project_members m WHERE m.project_id = ${project.id} AND m.user_id = w.user_id)`;
  const conditions = [sql.fragment`w.workspace_id = ${project.workspace_id}`];
  if (filter.withoutMembers) conditions.push(sql.fragment`NOT ${isMember}`);
  if (filter.search !== undefined) {
    conditions.push(sql.fragment`
      (strpos(lower(u.full_name), lower(${filter.search})) > 0 OR strpos(u.email, lower(${filter.search})) > 0)`);
  }
  const from = sql.fragment`
    FROM memberships w JOIN users u ON u.id = w.user_id WHERE ${sql.join(conditions, sql.fragment` AND `)}`;
  return readPage<TeamUser>(
    reads,
    [project.workspace_id],
    sql`
      SELECT w.user_id, u.full_name, u.email, w.role, ${isMember} AS is_member, ${BY_NAME.key},
        count(*) OVER () AS total ${from} ${BY_NAME.after(page)} ORDER BY ${BY_NAME.by} ${slice(page)}`,
    page,
    () => sql`SELECT count(*) AS total ${from}`,
  );
}
