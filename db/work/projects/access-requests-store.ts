import { notFound } from '../../../domain/kernel/errors/crewship-error.ts';
import type { AccessRequest, RequestStatus } from '../../../domain/work/projects/access-request.ts';
import { newestFirst, type Page, type PageRequest, readPage, slice } from '../../kernel/page.ts';
import type { ReadPool } from '../../kernel/read-pool.ts';
import { pickReference } from '../../kernel/references.ts';
import { sql } from '../../kernel/sql.ts';
import type { Tx } from '../../kernel/transaction.ts';
import type { Viewer } from './projects-store.ts';

const ORDER = newestFirst('r');

const columns = sql.fragment`
  r.id, r.project_id,
  (SELECT jsonb_build_object('id', u.id, 'full_name', u.full_name, 'email', u.email) FROM users u
    WHERE u.id = r.user_id) AS user,
  r.role, r.message, r.status, r.granted_role, r.note, r.decided_by, r.decided_at, r.created_at`;

/** What a project is to somebody who may ask to be let into it; `my_role` null: they may not see it. */
export interface RequestedProject {
  readonly id: string;
  readonly slug: string;
  readonly workspace_id: string;
  readonly my_role: 'viewer' | 'editor' | 'owner' | null;
  readonly archived_at: string | null;
}

/** A project that this person may see, may ask for or has asked for. */
const reachable = (userId: string) => sql.fragment`
  SELECT p.id, p.slug, p.workspace_id, p.archived_at, crewship_project_role(p.id, ${userId}) AS my_role FROM projects p
  WHERE p.deleted_at IS NULL AND (
    p.discoverable OR crewship_project_role(p.id, ${userId}) IS NOT NULL
    OR EXISTS (SELECT 1 FROM project_access_requests r WHERE r.project_id = p.id AND r.user_id = ${userId}))`;

/** By id, slug or name in any case. Throws `not_found`, `ambiguous_reference`. */
export async function resolveRequestedProject(reads: ReadPool, viewer: Viewer, ref: string): Promise<RequestedProject> {
  const rows = await reads.any<RequestedProject>(
    [viewer.workspaceId],
    sql`
      ${reachable(viewer.userId)} AND p.workspace_id = ${viewer.workspaceId}
        AND (p.id = ${ref} OR p.slug = ${ref} OR lower(p.name) = lower(${ref}))
      ORDER BY (p.id = ${ref}) DESC, (p.slug = ${ref}) DESC, p.id LIMIT 3`,
  );
  return pickReference('project', ref, rows);
}

/** The same by id, of a project that is held. Throws `not_found`. */
export async function getRequestedProjectIn(tx: Tx, userId: string, projectId: string): Promise<RequestedProject> {
  const row = await tx.maybeOne<RequestedProject>(sql`${reachable(userId)} AND p.id = ${projectId}`);
  if (row === null) throw notFound('project');
  return row;
}

/** Requests to be let into a project, newest first; of one person where `userId` says so. */
export function listAccessRequests(
  reads: ReadPool,
  project: Pick<RequestedProject, 'id' | 'workspace_id'>,
  filter: { readonly userId: string | null; readonly statuses: readonly RequestStatus[] | undefined },
  page: PageRequest,
): Promise<Page<AccessRequest>> {
  const conditions = [sql.fragment`r.project_id = ${project.id}`];
  if (filter.userId !== null) conditions.push(sql.fragment`r.user_id = ${filter.userId}`);
  if (filter.statuses !== undefined)
    conditions.push(sql.fragment`r.status = ANY (${sql.array([...filter.statuses], 'text')})`);
  const where = sql.join(conditions, sql.fragment` AND `);
  return readPage<AccessRequest>(
    reads,
    [project.workspace_id],
    sql`
      SELECT ${columns}, ${ORDER.key}, count(*) OVER () AS total FROM project_access_requests r
      WHERE ${where} ${ORDER.after(page)} ORDER BY ${ORDER.by} ${slice(page)}`,
    page,
    () => sql`SELECT count(*) AS total FROM project_access_requests r WHERE ${where}`,
  );
}

/** One of a project's. Throws `not_found`. */
export async function getAccessRequestIn(tx: Tx, projectId: string, id: string): Promise<AccessRequest> {
  const row = await tx.maybeOne<AccessRequest>(sql`
    SELECT ${columns} FROM project_access_requests r WHERE r.id = ${id} AND r.project_id = ${projectId}`);
  if (row === null) throw notFound('access request');
  return row;
}
