import { notFound } from '../../../domain/kernel/errors/crewship-error.ts';
import type { Project, RequestableProject } from '../../../domain/work/projects/project.ts';
import { ascending, listOrder, oldestFirst, type Page, type PageRequest, readPage, slice } from '../../kernel/page.ts';
import type { ReadPool } from '../../kernel/read-pool.ts';
import { pickReference } from '../../kernel/references.ts';
import { type Fragment, sql } from '../../kernel/sql.ts';
import type { Tx } from '../../kernel/transaction.ts';

/** Whose eyes a project is seen with. */
export interface Viewer {
  readonly workspaceId: string;
  readonly userId: string;
}

/** A project and whether its reader passes by their role in the workspace alone and has not entered it yet. */
export interface SeenProject extends Project {
  readonly awaits_entry: boolean;
}

/** Most entries of administrators that an owner is shown with the project. */
const MAX_VISITS = 50;

const columns = sql.fragment`
  p.id, p.workspace_id, p.name, p.slug, CASE WHEN NOT v.awaits_entry THEN p.description END AS description, p.icon,
  p.color, p.status, p.priority, p.health, p.lead_type, p.lead_id,
  CASE p.lead_type WHEN 'user' THEN (SELECT u.full_name FROM users u WHERE u.id = p.lead_id)
    WHEN 'agent' THEN (SELECT a.name FROM agents a WHERE a.id = p.lead_id) END AS lead_name,
  p.start_date::text AS start_date, p.target_date::text AS target_date, p.visibility, p.discoverable,
  (SELECT m.user_id FROM project_members m WHERE m.project_id = p.id AND m.role = 'owner'
    ORDER BY (m.user_id IS NOT DISTINCT FROM p.owner_user_id) DESC, m.created_at, m.user_id LIMIT 1) AS owner_id,
  p.default_agent_id, v.my_role, (SELECT count(*) FROM project_members m WHERE m.project_id = p.id) AS member_count,
  'project.' || p.id AS namespace, n.issue_count, n.done_count,
  CASE WHEN n.issue_count = 0 THEN 0 ELSE (100 * n.done_count / n.issue_count)::integer END AS progress,
  CASE WHEN v.my_role = 'owner' THEN coalesce((
    SELECT jsonb_agg(jsonb_build_object('user_id', e.user_id, 'full_name', u.full_name, 'entered_at',
      to_char(e.entered_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')) ORDER BY e.entered_at DESC, e.user_id)
    FROM (SELECT * FROM project_visits e WHERE e.project_id = p.id
      ORDER BY e.entered_at DESC, e.user_id ${sql.limit(MAX_VISITS)}) e JOIN users u ON u.id = e.user_id
  ), '[]'::jsonb) END AS entered_by,
  CASE WHEN NOT v.awaits_entry THEN (
    SELECT jsonb_build_object('name', t.name, 'symbol', t.symbol, 'decimals', t.decimals,
      'max_supply', t.max_supply::text, 'four_eyes', t.four_eyes, 'allow_direct', t.allow_direct, 'paused', t.paused)
    FROM token_contracts t WHERE t.project_id = p.id) END AS tokenization,
  p.archived_at, p.version, p.created_by, p.created_at, p.updated_at, v.awaits_entry`;

/** Projects with what they are to this person; `v.my_role` is null where they may not see one. */
function seenBy(userId: string): Fragment {
  return sql.fragment`
    projects p
    CROSS JOIN LATERAL (
      SELECT crewship_project_role(p.id, ${userId}) AS my_role,
        p.visibility = 'private'
        AND NOT EXISTS (SELECT 1 FROM project_members m WHERE m.project_id = p.id AND m.user_id = ${userId})
        AND NOT EXISTS (SELECT 1 FROM project_visits e WHERE e.project_id = p.id AND e.user_id = ${userId})
        AS awaits_entry
    ) v
    CROSS JOIN LATERAL (
      SELECT count(*) AS issue_count, count(*) FILTER (WHERE i.status = 'DONE') AS done_count
      FROM issues i WHERE i.project_id = p.id
    ) n`;
}

/** A list may hold projects of both shapes, so its rows have what their shape has and no more. */
interface Counted {
  readonly total?: number;
  readonly page_key?: string;
}

export interface ProjectFilter {
  readonly statuses: readonly string[] | undefined;
  /** Part of the name. */
  readonly search: string | undefined;
  /** Undefined: those in the archive too. */
  readonly isArchived: boolean | undefined;
  readonly sort: 'name' | 'created_at' | 'updated_at';
}

const ORDERS = {
  name: listOrder(ascending('text', sql.fragment`lower(p.name)`), ascending('text', sql.fragment`p.id`)),
  created_at: oldestFirst('p'),
  updated_at: listOrder(ascending('time', sql.fragment`p.updated_at`), ascending('text', sql.fragment`p.id`)),
};

function matching(workspaceId: string, filter: ProjectFilter): Fragment {
  const conditions = [sql.fragment`p.workspace_id = ${workspaceId}`, sql.fragment`p.deleted_at IS NULL`];
  if (filter.statuses !== undefined)
    conditions.push(sql.fragment`p.status = ANY (${sql.array([...filter.statuses], 'text')})`);
  if (filter.search !== undefined) conditions.push(sql.fragment`strpos(lower(p.name), lower(${filter.search})) > 0`);
  if (filter.isArchived !== undefined)
    conditions.push(sql.fragment`(p.archived_at IS NOT NULL) = ${filter.isArchived}`);
  return sql.fragment`${sql.join(conditions, sql.fragment` AND `)}`;
}

/** Projects that this person may see, ascending. */
export async function listProjects(
  reads: ReadPool,
  viewer: Viewer,
  filter: ProjectFilter,
  page: PageRequest,
): Promise<Page<Project>> {
  const where = sql.fragment`${matching(viewer.workspaceId, filter)} AND v.my_role IS NOT NULL`;
  const order = ORDERS[filter.sort];
  const found = await readPage<SeenProject & Counted>(
    reads,
    [viewer.workspaceId],
    sql`
      SELECT ${columns}, ${order.key}, count(*) OVER () AS total FROM ${seenBy(viewer.userId)}
      WHERE ${where} ${order.after(page)} ORDER BY ${order.by} ${slice(page)}`,
    page,
    () => sql`SELECT count(*) AS total FROM ${seenBy(viewer.userId)} WHERE ${where}`,
  );
  return {
    ...found,
    rows: found.rows.map(({ awaits_entry: _awaits, total: _total, page_key: _key, ...project }) => project),
  };
}

/** Discoverable projects that this person may not see, ascending: whom to ask, and no more. */
export async function listRequestableProjects(
  reads: ReadPool,
  viewer: Viewer,
  filter: ProjectFilter,
  page: PageRequest,
): Promise<Page<RequestableProject>> {
  const where = sql.fragment`
    ${matching(viewer.workspaceId, filter)} AND p.discoverable
    AND crewship_project_role(p.id, ${viewer.userId}) IS NULL`;
  const order = ORDERS[filter.sort];
  const found = await readPage<RequestableProject & Counted>(
    reads,
    [viewer.workspaceId],
    sql`
      SELECT p.id, p.name, NULL AS my_role, (
        SELECT jsonb_build_object('id', u.id, 'full_name', u.full_name) FROM project_members m
        JOIN users u ON u.id = m.user_id WHERE m.project_id = p.id AND m.role = 'owner'
        ORDER BY (m.user_id IS NOT DISTINCT FROM p.owner_user_id) DESC, m.created_at, m.user_id LIMIT 1) AS owner,
        ${order.key}, count(*) OVER () AS total
      FROM projects p WHERE ${where} ${order.after(page)} ORDER BY ${order.by} ${slice(page)}`,
    page,
    () => sql`SELECT count(*) AS total FROM projects p WHERE ${where}`,
  );
  return { ...found, rows: found.rows.map(({ total: _total, page_key: _key, ...project }) => project) };
}

/**
 * The project that `ref` names among those that this person may see: exact id, then slug, then name in any case. Throws
 * `not_found`, `ambiguous_reference`.
 */
export async function resolveProject(reads: ReadPool, viewer: Viewer, ref: string): Promise<SeenProject> {
  const rows = await reads.any<SeenProject>(
    [viewer.workspaceId],
    sql`
      SELECT ${columns} FROM ${seenBy(viewer.userId)}
      WHERE p.workspace_id = ${viewer.workspaceId} AND p.deleted_at IS NULL AND v.my_role IS NOT NULL
        AND (p.id = ${ref} OR p.slug = ${ref} OR lower(p.name) = lower(${ref}))
      ORDER BY (p.id = ${ref}) DESC, (p.slug = ${ref}) DESC, p.id LIMIT 3`,
  );
  return pickReference('project', ref, rows);
}

/** Locks a project, whose members and requests stay as they are from here on. Throws `not_found`. */
export async function lockProject(tx: Tx, projectId: string): Promise<void> {
  const row = await tx.maybeOne(sql`
    SELECT 1 FROM projects WHERE id = ${projectId} AND deleted_at IS NULL FOR NO KEY UPDATE`);
  if (row === null) throw notFound('project');
}

/** A project as this person sees it. Throws `not_found` where they may not. */
export async function getProjectIn(tx: Tx, userId: string, projectId: string): Promise<SeenProject> {
  const row = await tx.maybeOne<SeenProject>(sql`
    SELECT ${columns} FROM ${seenBy(userId)}
    WHERE p.id = ${projectId} AND p.deleted_at IS NULL AND v.my_role IS NOT NULL`);
  if (row === null) throw notFound('project');
  return row;
}
