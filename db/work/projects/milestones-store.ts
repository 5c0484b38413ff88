import { notFound } from '../../../domain/kernel/errors/crewship-error.ts';
import type { Milestone } from '../../../domain/work/projects/milestone.ts';
import { ascending, listOrder, type Page, type PageRequest, readPage, slice } from '../../kernel/page.ts';
import type { ReadPool } from '../../kernel/read-pool.ts';
import { sql } from '../../kernel/sql.ts';
import type { Tx } from '../../kernel/transaction.ts';

const columns = sql.fragment`
  m.id, m.project_id, m.name, m.description, m.target_date::text AS target_date, m.status, m.position,
  (SELECT count(*) FROM issues i WHERE i.milestone_id = m.id) AS issue_count,
  (SELECT count(*) FROM issues i WHERE i.milestone_id = m.id AND i.status = 'DONE') AS done_count,
  m.created_at, m.updated_at`;

const byPlace = listOrder(ascending('integer', sql.fragment`m.position`), ascending('text', sql.fragment`m.id`));

/** Milestones of a project in their order. */
export function listMilestones(
  reads: ReadPool,
  project: { readonly id: string; readonly workspace_id: string },
  page: PageRequest,
): Promise<Page<Milestone>> {
  const where = sql.fragment`m.project_id = ${project.id}`;
  return readPage<Milestone>(
    reads,
    [project.workspace_id],
    sql`
      SELECT ${columns}, ${byPlace.key}, count(*) OVER () AS total FROM milestones m
      WHERE ${where} ${byPlace.after(page)} ORDER BY ${byPlace.by} ${slice(page)}`,
    page,
    () => sql`SELECT count(*) AS total FROM milestones m WHERE ${where}`,
  );
}

/** One of them, as the transaction has left it. Throws `not_found`. */
export async function getMilestoneIn(tx: Tx, id: string): Promise<Milestone> {
  const row = await tx.maybeOne<Milestone>(sql`SELECT ${columns} FROM milestones m WHERE m.id = ${id}`);
  if (row === null) throw notFound('milestone');
  return row;
}

/** Of which project a milestone is, for who may see that. Throws `not_found`. */
export async function projectOfMilestone(
  reads: ReadPool,
  workspaceId: string,
  userId: string,
  id: string,
): Promise<string> {
  const row = await reads.maybeOne<{ project_id: string }>(
    [workspaceId],
    sql`
      SELECT project_id FROM milestones WHERE id = ${id} AND workspace_id = ${workspaceId}
        AND crewship_project_role(project_id, ${userId}) IS NOT NULL`,
  );
  if (row === null) throw notFound('milestone');
  return row.project_id;
}

/** What a project's issues come to. */
export interface ProjectStats {
  readonly total_issues: number;
  readonly completed_issues: number;
  readonly by_status: Readonly<Record<string, number>>;
  readonly by_assignee: readonly { agent_id: string; agent_name: string; total: number; completed: number }[];
  readonly by_label: readonly { label_name: string; color: string; count: number }[];
  readonly crews: readonly { id: string; name: string; slug: string }[];
}

/** Most agents, labels and crews that the figures name, by how many issues they have. */
const MOST = 50;

/** Issues that are DONE are completed, and no others. */
export async function readProjectStats(
  reads: ReadPool,
  project: { readonly id: string; readonly workspace_id: string },
): Promise<ProjectStats> {
  const row = await reads.maybeOne<ProjectStats>(
    [project.workspace_id],
    sql`
      WITH theirs AS (
        SELECT id, status, assignee_type, assignee_id, crew_id FROM issues WHERE project_id = ${project.id})
      SELECT (SELECT count(*) FROM theirs) AS total_issues,
        (SELECT count(*) FROM theirs WHERE status = 'DONE') AS completed_issues,
        (SELECT coalesce(jsonb_object_agg(status, total), '{}')
          FROM (SELECT status, count(*) AS total FROM theirs GROUP BY status) s) AS by_status,
        (SELECT coalesce(jsonb_agg(to_jsonb(s) ORDER BY s.total DESC, s.agent_id), '[]') FROM (
          SELECT a.id AS agent_id, a.name AS agent_name, count(*) AS total,
            count(*) FILTER (WHERE t.status = 'DONE') AS completed
          FROM theirs t JOIN agents a ON a.id = t.assignee_id AND t.assignee_type = 'agent'
          GROUP BY a.id ORDER BY total DESC, a.id ${sql.limit(MOST)}) s) AS by_assignee,
        (SELECT coalesce(jsonb_agg(to_jsonb(s) ORDER BY s.count DESC, s.label_name), '[]') FROM (
          SELECT l.name AS label_name, l.color, count(*) AS count
          FROM theirs t JOIN issue_labels il ON il.issue_id = t.id JOIN labels l ON l.id = il.label_id
          GROUP BY l.id ORDER BY count DESC, l.name ${sql.limit(MOST)}) s) AS by_label,
        (SELECT coalesce(jsonb_agg(to_jsonb(c) ORDER BY c.name), '[]')
          FROM (SELECT c.id, c.name, c.slug FROM crews c WHERE c.id IN (SELECT crew_id FROM theirs)
            ORDER BY c.name ${sql.limit(MOST)}) c) AS crews`,
  );
  return row!;
}
