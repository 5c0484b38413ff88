import type { Actor } from '../../../domain/kernel/access/authority.ts';
import { invalidField, notFound } from '../../../domain/kernel/errors/crewship-error.ts';
import { type Issue, issuePrefix } from '../../../domain/work/issues/issue.ts';
import { newId } from '../../../platform/ids/ids.ts';
import { sql } from '../../../db/kernel/sql.ts';
import type { Tx } from '../../../db/kernel/transaction.ts';
import { nextNumber } from '../../../db/work/identifiers/next-number.ts';
import { countOpening, type Opener } from '../../engine/runs/count-opening.ts';
import { type Assignee, checkReferences, type IssueReferences, writeLabels } from './issue-references.ts';
import { addActivity, holdIssueTree, journalIssue } from './issue-rows.ts';
import { refuseOtherCrewsAgent } from './issue-comments.ts';

export interface NewIssue extends IssueReferences {
  readonly workspaceId: string;
  readonly crewId: string;
  readonly title: string;
  readonly description: string | null;
  readonly priority: Issue['priority'];
  readonly assignee: Assignee | null;
  readonly dueDate?: string | null;
  readonly estimate?: number | null;
  readonly sortOrder?: number;
  /** An agent of the crew, null where the crew does not say which; or a person. */
  readonly author:
    | { readonly type: 'agent'; readonly id: string | null }
    | { readonly type: 'user'; readonly id: string };
  /** The attempt that it is counted for. */
  readonly openedBy: Opener | null;
}

/**
 * An issue in BACKLOG with the next number of its prefix. Throws `invalid_request` when the crew has no LEAD and for
 * what it names that is not there; `not_found`; `limit_reached` and `unauthenticated` as {@link countOpening}.
 */
export async function createIssue(
  tx: Tx,
  issue: NewIssue,
  actor: Actor,
): Promise<{ id: string; identifier: string; status: 'BACKLOG' }> {
  await countOpening(tx, 'issues', issue.openedBy);
  if (issue.parentId != null) await holdIssueTree(tx, issue.workspaceId);
  const crew = await tx.maybeOne<{ slug: string; issue_prefix: string | null; has_lead: boolean }>(sql`
    SELECT slug, issue_prefix, EXISTS (
      SELECT 1 FROM agents a WHERE a.crew_id = crews.id AND a.agent_role = 'LEAD' AND a.deleted_at IS NULL) AS has_lead
    FROM crews WHERE id = ${issue.crewId} AND deleted_at IS NULL FOR SHARE`);
  if (crew === null) throw notFound('crew');
  if (!crew.has_lead) throw invalidField('crew_id', 'the crew has no LEAD to take issues on');
  const { author } = issue;
  if (author.type === 'agent' && author.id !== null)
    await refuseOtherCrewsAgent(tx, 'author_id', issue.crewId, author.id);
  const projectId = issue.projectId ?? null;
  const userId = author.type === 'user' ? author.id : null;
  const holder = { workspaceId: issue.workspaceId, userId, issueId: null, projectId };
  const { parentId } = await checkReferences(tx, issue, holder);
  const prefix = issuePrefix(crew);
  const number = await nextNumber(tx, issue.workspaceId, prefix);
  const id = newId();
  const identifier = `${prefix}-${number}`;
  const { is_private } = await tx.one<{ is_private: boolean }>(sql`
    INSERT INTO issues (id, workspace_id, crew_id, identifier, number, title, description, priority, assignee_type,
      assignee_id, due_date, estimate, sort_order, project_id, milestone_id, parent_issue_id, created_by_type,
      created_by_id, authored_via)
    VALUES (${id}, ${issue.workspaceId}, ${issue.crewId}, ${identifier}, ${number}, ${issue.title},
      ${issue.description}, ${issue.priority}, ${issue.assignee?.type ?? null}, ${issue.assignee?.id ?? null},
      ${issue.dueDate ?? null}::date, ${issue.estimate ?? null}::integer, ${issue.sortOrder ?? 0}, ${projectId},
      ${issue.milestoneId ?? null}, ${parentId}, ${author.type}, ${author.id},
      ${author.type === 'user' ? 'user_api' : 'agent_tool_call'})
    RETURNING EXISTS (SELECT 1 FROM projects p WHERE p.id = project_id AND p.visibility = 'private') AS is_private`);
  const made = {
    ...{ id, identifier, workspace_id: issue.workspaceId, crew_id: issue.crewId },
    ...{ project_id: projectId, is_private },
  };
  if (issue.labelIds !== undefined) await writeLabels(tx, made, issue.labelIds);
  await addActivity(tx, made, actor, 'created', { status: 'BACKLOG' });
  journalIssue(tx, made, actor, { type: 'issue.created', payload: { identifier, status: 'BACKLOG' } });
  return { id, identifier, status: 'BACKLOG' };
}
