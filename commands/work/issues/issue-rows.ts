import type { Actor } from '../../../domain/kernel/access/authority.ts';
import { invalidField, notFound } from '../../../domain/kernel/errors/crewship-error.ts';
import type { JsonObject } from '../../../domain/kernel/json/json-value.ts';
import type { EntryParts } from '../../../domain/evidence/journal/new-journal-entry.ts';
import type { issueEntries } from '../../../domain/work/issues/issue-entries.ts';
import type { IssueStatus } from '../../../domain/work/issues/issue.ts';
import { hasProjectRole, type ProjectRole, refuseBelow } from '../../../domain/work/projects/project.ts';
import { newId } from '../../../platform/ids/ids.ts';
import { type Fragment, sql } from '../../../db/kernel/sql.ts';
import type { Tx } from '../../../db/kernel/transaction.ts';

export interface IssueRow {
  readonly id: string;
  readonly workspace_id: string;
  readonly crew_id: string;
  readonly identifier: string;
  readonly title: string;
  readonly description: string | null;
  readonly status: IssueStatus;
  readonly assignee_type: 'user' | 'agent' | null;
  readonly assignee_id: string | null;
  readonly project_id: string | null;
  readonly parent_issue_id: string | null;
  readonly mission_id: string | null;
  /** Of a private project: not all members may know of it. */
  readonly is_private: boolean;
}

/** An issue of a crew; `userId` null: an agent of the crew asks, who sees all of them. */
export interface IssueRef {
  readonly crewId: string;
  readonly identifier: string;
  readonly userId?: string | null;
}

export type IssueTarget = Pick<
  IssueRow,
  'id' | 'identifier' | 'workspace_id' | 'crew_id' | 'project_id' | 'is_private'
>;

const columns = sql.fragment`
  i.id, i.workspace_id, i.crew_id, i.identifier, i.title, i.description, i.status, i.assignee_type, i.assignee_id,
  i.project_id, i.parent_issue_id, i.mission_id,
  EXISTS (SELECT 1 FROM projects p WHERE p.id = i.project_id AND p.visibility = 'private') AS is_private`;

/** What of issues this person may see; with `needed` what they may change. */
const seenBy = (userId: string | null | undefined): Fragment =>
  userId == null
    ? sql.fragment`true`
    : sql.fragment`(i.project_id IS NULL OR crewship_project_role(i.project_id, ${userId}) IS NOT NULL)`;

/** The issue as it is, not locked. Throws `not_found`. */
export async function findIssue(tx: Tx, ref: IssueRef): Promise<IssueRow> {
  const row = await tx.maybeOne<IssueRow>(sql`
    SELECT ${columns} FROM issues i
    WHERE i.crew_id = ${ref.crewId} AND i.identifier = ${ref.identifier} AND ${seenBy(ref.userId)}`);
  if (row === null) throw notFound('issue');
  return row;
}

/** Locks it, for who may change it: an editor of its project, where it has one. Throws `not_found`, `forbidden`. */
export async function lockIssue(tx: Tx, ref: IssueRef): Promise<IssueRow> {
  const { id } = await findIssue(tx, ref);
  const row = await tx.maybeOne<IssueRow>(sql`SELECT ${columns} FROM issues i WHERE i.id = ${id} FOR UPDATE OF i`);
  if (row === null) throw notFound('issue');
  if (ref.userId != null) await refuseViewer(tx, row.project_id, ref.userId);
  return row;
}

/** Throws `forbidden` for who only reads the project, `invalid_request` for one that they may not see. */
export async function refuseViewer(tx: Tx, projectId: string | null, userId: string): Promise<void> {
  if (projectId === null) return;
  const { role } = await tx.one<{ role: ProjectRole | null }>(sql`
    SELECT crewship_project_role(${projectId}, ${userId}) AS role`);
  if (role === null) throw invalidField('project_id', 'names no project that the caller may see');
  if (!hasProjectRole(role, 'editor')) refuseBelow(role, 'editor');
}

/** By its id or identifier, of any crew that the caller sees. Throws `not_found`. */
export async function findIssueOf(
  tx: Tx,
  workspaceId: string,
  ref: string,
  userId: string | null,
): Promise<IssueRow | null> {
  return tx.maybeOne<IssueRow>(sql`
    SELECT ${columns} FROM issues i
    WHERE i.workspace_id = ${workspaceId} AND (i.id = ${ref} OR i.identifier = ${ref}) AND ${seenBy(userId)}
    ORDER BY i.id = ${ref} DESC LIMIT 1`);
}

/**
 * What changed, by ids, states and field names; never what anybody wrote. What is about an issue of a private project
 * has the project for its target, so that who may not see that reads none of it.
 */
export function journalIssue(
  tx: Tx,
  issue: IssueTarget,
  actor: Actor,
  entry: EntryParts<Exclude<keyof typeof issueEntries, `label.${string}`>>,
): void {
  tx.journal({
    actor,
    workspaceId: issue.workspace_id,
    crewId: issue.crew_id,
    ...(actor.type === 'agent' ? { agentId: actor.id } : {}),
    ...(issue.is_private && issue.project_id !== null
      ? { targetType: 'project', targetId: issue.project_id }
      : { targetType: 'issue', targetId: issue.id }),
    summary: `${issue.identifier}: ${entry.type.slice(entry.type.indexOf('.') + 1).replace('_', ' ')}`,
    ...entry,
  });
}

/** A line of what people read of an issue's past: ids, states and lengths. */
export async function addActivity(
  tx: Tx,
  issue: Pick<IssueRow, 'id' | 'workspace_id'>,
  actor: Actor,
  action: string,
  details: JsonObject = {},
): Promise<void> {
  await tx.execute(sql`
    INSERT INTO issue_activity (id, workspace_id, issue_id, actor_type, actor_id, action, details)
    VALUES (${newId()}, ${issue.workspace_id}, ${issue.id}, ${actor.type}, ${actor.id}, ${action},
      ${sql.jsonb(details)})`);
}

/**
 * What issues are above and before one another changes one at a time in a workspace, so that two changes at once make
 * no circle. Taken before issues are locked.
 */
export async function holdIssueTree(tx: Tx, workspaceId: string): Promise<void> {
  await tx.execute(sql`SELECT pg_advisory_xact_lock(hashtextextended(${`issue-tree:${workspaceId}`}, 0))`);
}
