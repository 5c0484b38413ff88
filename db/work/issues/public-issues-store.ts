import { notFound } from '../../../domain/kernel/errors/crewship-error.ts';
import type { JsonObject } from '../../../domain/kernel/json/json-value.ts';
import type { IssueStatus, Label, PublicIssue, RelationType } from '../../../domain/work/issues/issue.ts';
import {
  ascending,
  descending,
  listOrder,
  newestFirst,
  nextCursor,
  oldestFirst,
  type Page,
  type PageRequest,
  readPage,
  slice,
} from '../../kernel/page.ts';
import type { ReadPool } from '../../kernel/read-pool.ts';
import { type Fragment, type Query, sql } from '../../kernel/sql.ts';
import type { Tx } from '../../kernel/transaction.ts';

/** Whose eyes issues are seen with. */
export interface IssueReader {
  readonly workspaceId: string;
  readonly userId: string;
}

export interface PublicIssueFilter {
  readonly statuses: readonly string[] | undefined;
  readonly priorities: readonly string[] | undefined;
  readonly projectId: string | undefined;
  readonly crewId: string | undefined;
  readonly assigneeId: string | undefined;
  readonly parentId?: string | undefined;
  /** A label's name in any case. */
  readonly label: string | undefined;
  /** Part of the title. */
  readonly search: string | undefined;
  readonly sort: 'created_at' | 'updated_at' | 'priority' | 'sort_order' | 'oldest';
}

const columns = sql.fragment`
  i.id, i.workspace_id, i.crew_id, c.name AS crew_name, c.slug AS crew_slug, i.number, i.identifier, i.title,
  i.description, i.status, i.priority, i.assignee_type, i.assignee_id, i.due_date::text AS due_date, i.estimate,
  (SELECT count(*) FROM issue_comments k WHERE k.issue_id = i.id) AS comment_count, i.authored_via, i.created_at,
  i.updated_at, i.completed_at, 'issue' AS mission_type, i.parent_issue_id, i.project_id, p.name AS project_name,
  i.milestone_id, i.sort_order, i.mission_id AS current_mission_id,
  (SELECT a.id FROM agents a WHERE a.crew_id = i.crew_id AND a.agent_role = 'LEAD' AND a.deleted_at IS NULL)
    AS lead_agent_id,
  (SELECT coalesce(jsonb_agg(jsonb_build_object('id', l.id, 'name', l.name, 'color', l.color) ORDER BY l.name), '[]')
    FROM issue_labels il JOIN labels l ON l.id = il.label_id WHERE il.issue_id = i.id) AS labels,
  (SELECT count(*) FROM issues s WHERE s.parent_issue_id = i.id) AS sub_issues_count,
  jsonb_build_object('type', i.created_by_type, 'id', i.created_by_id, 'name', CASE i.created_by_type
    WHEN 'user' THEN (SELECT u.full_name FROM users u WHERE u.id = i.created_by_id)
    ELSE (SELECT a.name FROM agents a WHERE a.id = i.created_by_id) END) AS created_by`;

const named = sql.fragment`JOIN crews c ON c.id = i.crew_id LEFT JOIN projects p ON p.id = i.project_id`;

const seenBy = ({ workspaceId, userId }: IssueReader): Fragment => sql.fragment`
  i.workspace_id = ${workspaceId}
  AND (i.project_id IS NULL OR crewship_project_role(i.project_id, ${userId}) IS NOT NULL)`;

const bySortOrder = listOrder(
  ascending('integer', sql.fragment`i.sort_order`),
  ascending('time', sql.fragment`i.created_at`),
  ascending('text', sql.fragment`i.id`),
);
const ORDERS = {
  created_at: newestFirst('i'),
  updated_at: listOrder(descending('time', sql.fragment`i.updated_at`), descending('text', sql.fragment`i.id`)),
  priority: listOrder(
    ascending('integer', sql.fragment`array_position(ARRAY['urgent', 'high', 'medium', 'low', 'none'], i.priority)`),
    descending('time', sql.fragment`i.created_at`),
    descending('text', sql.fragment`i.id`),
  ),
  sort_order: bySortOrder,
  oldest: bySortOrder,
};

function matching(reader: IssueReader, filter: PublicIssueFilter): Fragment {
  const all = [seenBy(reader)];
  if (filter.statuses !== undefined)
    all.push(sql.fragment`i.status = ANY (${sql.array([...filter.statuses], 'text')})`);
  if (filter.priorities !== undefined)
    all.push(sql.fragment`i.priority = ANY (${sql.array([...filter.priorities], 'text')})`);
  if (filter.projectId !== undefined) all.push(sql.fragment`i.project_id = ${filter.projectId}`);
  if (filter.crewId !== undefined) all.push(sql.fragment`i.crew_id = ${filter.crewId}`);
  if (filter.assigneeId !== undefined) all.push(sql.fragment`i.assignee_id = ${filter.assigneeId}`);
  if (filter.parentId !== undefined) all.push(sql.fragment`i.parent_issue_id = ${filter.parentId}`);
  if (filter.search !== undefined) all.push(sql.fragment`strpos(lower(i.title), lower(${filter.search})) > 0`);
  if (filter.label !== undefined) {
    all.push(sql.fragment`i.id IN (SELECT il.issue_id FROM issue_labels il JOIN labels l ON l.id = il.label_id
      WHERE l.workspace_id = ${reader.workspaceId} AND lower(l.name) = lower(${filter.label}))`);
  }
  return sql.fragment`${sql.join(all, sql.fragment` AND `)}`;
}

/** Issues that this person may see. The slice is cut before names, labels and counts are read. */
export async function listPublicIssues(
  reads: ReadPool,
  reader: IssueReader,
  filter: PublicIssueFilter,
  page: PageRequest,
): Promise<Page<PublicIssue>> {
  const where = matching(reader, filter);
  const order = ORDERS[filter.sort];
  const scope = [reader.workspaceId];
  const [rows, counted] = await Promise.all([
    reads.any<PublicIssue>(
      scope,
      sql`
        SELECT ${columns}, ${order.key} FROM (
          SELECT i.* FROM issues i WHERE ${where} ${order.after(page)} ORDER BY ${order.by} ${slice(page)}) i
        ${named} ORDER BY ${order.by}`,
    ),
    reads.maybeOne<{ total: number }>(scope, sql`SELECT count(*) AS total FROM issues i WHERE ${where}`),
  ]);
  return { rows, total: counted?.total ?? 0, next: nextCursor(rows, page) };
}

/** By its identifier or id; of one crew where it is named. */
const one = (reader: IssueReader, ref: string, crewId: string | null): Query => sql`
  SELECT ${columns} FROM issues i ${named}
  WHERE (i.id = ${ref} OR i.identifier = ${ref}) AND i.crew_id = coalesce(${crewId}, i.crew_id) AND ${seenBy(reader)}
  ORDER BY (i.id = ${ref}) DESC LIMIT 1`;

/** An issue that this person may see. Throws `not_found`. */
export async function readPublicIssue(
  reads: ReadPool,
  reader: IssueReader,
  ref: string,
  crewId: string | null = null,
): Promise<PublicIssue> {
  const row = await reads.maybeOne<PublicIssue>([reader.workspaceId], one(reader, ref, crewId));
  if (row === null) throw notFound('issue');
  return row;
}

/** The same, as the transaction has left it. */
export async function readPublicIssueIn(tx: Tx, reader: IssueReader, id: string): Promise<PublicIssue> {
  const row = await tx.maybeOne<PublicIssue>(one(reader, id, null));
  if (row === null) throw notFound('issue');
  return row;
}

export interface IssueActivity {
  readonly id: string;
  /** The issue. */
  readonly mission_id: string;
  readonly actor_type: string;
  readonly actor_id: string | null;
  readonly actor_name: string | null;
  readonly action: string;
  readonly details: JsonObject;
  readonly created_at: string;
}

const ACTIVITY = newestFirst('v');
const RUNS = newestFirst('r');

/** What happened to an issue, newest first. */
export function listIssueActivity(
  reads: ReadPool,
  workspaceId: string,
  issueId: string,
  page: PageRequest,
): Promise<Page<IssueActivity>> {
  const where = sql.fragment`v.issue_id = ${issueId} AND v.workspace_id = ${workspaceId}`;
  return readPage<IssueActivity>(
    reads,
    [workspaceId],
    sql`
      SELECT v.id, v.issue_id AS mission_id, v.actor_type, v.actor_id, CASE v.actor_type
          WHEN 'user' THEN (SELECT u.full_name FROM users u WHERE u.id = v.actor_id)
          WHEN 'agent' THEN (SELECT a.name FROM agents a WHERE a.id = v.actor_id) END AS actor_name,
        v.action, v.details, v.created_at, ${ACTIVITY.key}, count(*) OVER () AS total
      FROM issue_activity v WHERE ${where} ${ACTIVITY.after(page)} ORDER BY ${ACTIVITY.by} ${slice(page)}`,
    page,
    () => sql`SELECT count(*) AS total FROM issue_activity v WHERE ${where}`,
  );
}

export interface IssueCommentView {
  readonly id: string;
  readonly mission_id: string;
  readonly author_type: 'user' | 'agent';
  readonly author_id: string;
  readonly author_name: string | null;
  readonly body: string;
  readonly created_at: string;
  readonly updated_at: string;
}

const commentColumns = sql.fragment`
  k.id, k.issue_id AS mission_id, k.author_type, k.author_id, CASE k.author_type
    WHEN 'user' THEN (SELECT u.full_name FROM users u WHERE u.id = k.author_id)
    ELSE (SELECT a.name FROM agents a WHERE a.id = k.author_id) END AS author_name,
  k.body, k.created_at, k.updated_at`;

/** What was said of an issue, oldest first. */
export function listIssueComments(
  reads: ReadPool,
  workspaceId: string,
  issueId: string,
  page: PageRequest,
): Promise<Page<IssueCommentView>> {
  const where = sql.fragment`k.issue_id = ${issueId} AND k.workspace_id = ${workspaceId}`;
  const order = oldestFirst('k');
  return readPage<IssueCommentView>(
    reads,
    [workspaceId],
    sql`
      SELECT ${commentColumns}, ${order.key}, count(*) OVER () AS total FROM issue_comments k
      WHERE ${where} ${order.after(page)} ORDER BY ${order.by} ${slice(page)}`,
    page,
    () => sql`SELECT count(*) AS total FROM issue_comments k WHERE ${where}`,
  );
}

export function getCommentIn(tx: Tx, id: string): Promise<IssueCommentView> {
  return tx.one<IssueCommentView>(sql`SELECT ${commentColumns} FROM issue_comments k WHERE k.id = ${id}`);
}

export interface IssueRelationView {
  readonly id: string;
  readonly source_id: string;
  readonly target_id: string;
  readonly relation_type: RelationType | 'duplicated_by';
  readonly target_identifier: string;
  readonly target_title: string;
  readonly target_status: IssueStatus;
  readonly created_at: string;
}

/** How an issue is to others, as seen from it; without those that its reader may not see. */
export function listIssueRelations(
  reads: ReadPool,
  reader: IssueReader,
  issueId: string,
  limit: number,
): Promise<readonly IssueRelationView[]> {
  return reads.any<IssueRelationView>(
    [reader.workspaceId],
    sql`
      SELECT r.id, ${issueId}::text AS source_id, i.id AS target_id, CASE
          WHEN r.relation_type = 'blocks' AND r.target_id = ${issueId} THEN 'blocked_by'
          WHEN r.relation_type = 'duplicate_of' AND r.target_id = ${issueId} THEN 'duplicated_by'
          ELSE r.relation_type END AS relation_type,
        i.identifier AS target_identifier, i.title AS target_title, i.status AS target_status, r.created_at
      FROM issue_relations r
      JOIN issues i ON i.id = CASE WHEN r.source_id = ${issueId} THEN r.target_id ELSE r.source_id END
      WHERE (r.source_id = ${issueId} OR r.target_id = ${issueId}) AND ${seenBy(reader)}
      ORDER BY r.created_at, r.id ${sql.limit(limit)}`,
  );
}

export interface IssueRunView {
  readonly id: string;
  readonly status: string;
  readonly agent_name: string | null;
  readonly task: string | null;
  readonly started_at: string | null;
  readonly ended_at: string | null;
  readonly duration_ms: number | null;
  readonly result_summary: string | null;
  readonly error_message: string | null;
}

/** Runs of an issue's missions, newest first. */
export function listIssueRuns(
  reads: ReadPool,
  workspaceId: string,
  issueId: string,
  page: PageRequest,
): Promise<Page<IssueRunView>> {
  const from = sql.fragment`FROM missions m JOIN runs r ON r.mission_id = m.id`;
  const where = sql.fragment`m.issue_id = ${issueId} AND m.workspace_id = ${workspaceId}
    AND r.status NOT IN ('QUEUED', 'ADMITTED')`;
  return readPage<IssueRunView>(
    reads,
    [workspaceId],
    sql`
      SELECT r.id, r.status, a.name AS agent_name, t.title AS task, r.started_at, r.finished_at AS ended_at,
        (extract(epoch FROM r.finished_at - r.started_at) * 1000)::bigint AS duration_ms,
        CASE WHEN t.run_id = r.id THEN t.result_summary END AS result_summary, r.error_message,
        ${RUNS.key}, count(*) OVER () AS total
      ${from}
      LEFT JOIN agents a ON a.id = r.agent_id LEFT JOIN tasks t ON t.id = r.task_id
      WHERE ${where} ${RUNS.after(page)} ORDER BY ${RUNS.by} ${slice(page)}`,
    page,
    () => sql`SELECT count(*) AS total ${from} WHERE ${where}`,
  );
}

const byName = listOrder(ascending('text', sql.fragment`lower(name)`), ascending('text', sql.fragment`id`));

/** Labels of a workspace by name. */
export function listLabels(reads: ReadPool, workspaceId: string, page: PageRequest): Promise<Page<Label>> {
  const where = sql.fragment`workspace_id = ${workspaceId}`;
  return readPage<Label>(
    reads,
    [workspaceId],
    sql`
      SELECT id, name, color, label_group, ${byName.key}, count(*) OVER () AS total FROM labels
      WHERE ${where} ${byName.after(page)} ORDER BY ${byName.by} ${slice(page)}`,
    page,
    () => sql`SELECT count(*) AS total FROM labels WHERE ${where}`,
  );
}
