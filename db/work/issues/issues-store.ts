import { notFound } from '../../../domain/kernel/errors/crewship-error.ts';
import type { Issue } from '../../../domain/work/issues/issue.ts';
import type { PageRequest } from '../../kernel/page.ts';
import type { ReadPool } from '../../kernel/read-pool.ts';
import { slice } from '../../kernel/page.ts';
import { sql } from '../../kernel/sql.ts';

const columns = sql.fragment`
  i.id, i.workspace_id, i.crew_id, c.name AS crew_name, c.slug AS crew_slug, i.number, i.identifier, i.title,
  i.description, i.status, i.priority, i.assignee_type, i.assignee_id, i.due_date::text AS due_date, i.estimate,
  (SELECT count(*) FROM issue_comments k WHERE k.issue_id = i.id) AS comment_count, i.created_by_type, i.created_by_id,
  i.authored_via, i.created_at, i.updated_at, i.completed_at`;

export interface IssueFilter {
  readonly crewId: string;
  readonly statuses: readonly string[] | undefined;
  readonly assigneeId: string | undefined;
  /** Part of the title. */
  readonly search: string | undefined;
}

/** Issues of a crew, newest first. */
export function listIssues(
  reads: ReadPool,
  workspaceId: string,
  filter: IssueFilter,
  page: PageRequest,
): Promise<readonly Issue[]> {
  const conditions = [sql.fragment`i.workspace_id = ${workspaceId}`, sql.fragment`i.crew_id = ${filter.crewId}`];
  if (filter.statuses !== undefined)
    conditions.push(sql.fragment`i.status = ANY (${sql.array(filter.statuses, 'text')})`);
  if (filter.assigneeId !== undefined) conditions.push(sql.fragment`i.assignee_id = ${filter.assigneeId}`);
  if (filter.search !== undefined) conditions.push(sql.fragment`strpos(lower(i.title), lower(${filter.search})) > 0`);
  return reads.any<Issue>(
    [workspaceId],
    sql`
      SELECT ${columns} FROM issues i JOIN crews c ON c.id = i.crew_id
      WHERE ${sql.join(conditions, sql.fragment` AND `)} ORDER BY i.created_at DESC, i.id DESC ${slice(page)}`,
  );
}

/** An issue of a crew. Throws `not_found`. */
export async function getIssue(
  reads: ReadPool,
  workspaceId: string,
  ref: { readonly crewId: string; readonly identifier: string },
): Promise<Issue> {
  const row = await reads.maybeOne<Issue>(
    [workspaceId],
    sql`
      SELECT ${columns} FROM issues i JOIN crews c ON c.id = i.crew_id
      WHERE i.workspace_id = ${workspaceId} AND i.crew_id = ${ref.crewId} AND i.identifier = ${ref.identifier}`,
  );
  if (row === null) throw notFound('issue');
  return row;
}
