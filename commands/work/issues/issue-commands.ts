import type { Actor } from '../../../domain/kernel/access/authority.ts';
import { CrewshipError, invalidField, notFound, wrongState } from '../../../domain/kernel/errors/crewship-error.ts';
import {
  canMoveIssue,
  type Issue,
  type IssueStatus,
  isClosedIssue,
  issuePrefix,
} from '../../../domain/work/issues/issue.ts';
import type { EntryParts } from '../../../domain/evidence/journal/new-journal-entry.ts';
import type { issueEntries } from '../../../domain/work/issues/issue-entries.ts';
import { countOpening, type Opener } from '../../engine/runs/count-opening.ts';
import { newId } from '../../../platform/ids/ids.ts';
import { assignments } from '../../../db/kernel/assignments.ts';
import { type Fragment, sql } from '../../../db/kernel/sql.ts';
import type { Tx } from '../../../db/kernel/transaction.ts';
import { nextNumber } from '../../../db/work/identifiers/next-number.ts';

type Assignee = { readonly type: 'user' | 'agent'; readonly id: string };

export interface NewIssue {
  readonly workspaceId: string;
  readonly crewId: string;
  readonly title: string;
  readonly description: string | null;
  readonly priority: Issue['priority'];
  readonly assignee: Assignee | null;
  /** The agent of the crew that makes it; null: the crew does not say which. */
  readonly authorAgentId: string | null;
  /** The attempt that it is counted for. */
  readonly openedBy: Opener | null;
}

/**
 * An issue in BACKLOG with the next number of its prefix, as an agent of its crew makes it. Throws `invalid_request`
 * when the crew has no LEAD, for an author outside the crew and for an assignee outside the workspace; `not_found`;
 * `limit_reached` and `unauthenticated` as {@link countOpening}.
 */
export async function createIssue(
  tx: Tx,
  issue: NewIssue,
  actor: Actor,
): Promise<{ id: string; identifier: string; status: 'BACKLOG' }> {
  await countOpening(tx, 'issues', issue.openedBy);
  const crew = await tx.maybeOne<{ slug: string; issue_prefix: string | null; has_lead: boolean }>(sql`
    SELECT slug, issue_prefix, EXISTS (
      SELECT 1 FROM agents a WHERE a.crew_id = crews.id AND a.agent_role = 'LEAD' AND a.deleted_at IS NULL) AS has_lead
    FROM crews WHERE id = ${issue.crewId} AND deleted_at IS NULL FOR SHARE`);
  if (crew === null) throw notFound('crew');
  if (!crew.has_lead) throw invalidField('crew_id', 'the crew has no LEAD to take issues on');
  if (issue.authorAgentId !== null) await refuseOtherCrewsAgent(tx, 'author_id', issue.crewId, issue.authorAgentId);
  if (issue.assignee !== null) await refuseForeignAssignee(tx, issue.workspaceId, issue.assignee);
  const prefix = issuePrefix(crew);
  const number = await nextNumber(tx, issue.workspaceId, prefix);
  const id = newId();
  const identifier = `${prefix}-${number}`;
  await tx.execute(sql`
    INSERT INTO issues (id, workspace_id, crew_id, identifier, number, title, description, priority, assignee_type,
      assignee_id, created_by_type, created_by_id, authored_via)
    VALUES (${id}, ${issue.workspaceId}, ${issue.crewId}, ${identifier}, ${number}, ${issue.title},
      ${issue.description}, ${issue.priority}, ${issue.assignee?.type ?? null}, ${issue.assignee?.id ?? null}, 'agent',
      ${issue.authorAgentId}, 'agent_tool_call')`);
  const made = { id, identifier, workspace_id: issue.workspaceId, crew_id: issue.crewId };
  journalIssue(tx, made, actor, { type: 'issue.created', payload: { identifier, status: 'BACKLOG' } });
  return { id, identifier, status: 'BACKLOG' };
}

interface IssueRow {
  readonly id: string;
  readonly workspace_id: string;
  readonly crew_id: string;
  readonly identifier: string;
  readonly status: IssueStatus;
}

export interface IssueRef {
  readonly crewId: string;
  readonly identifier: string;
}

async function lockIssue(tx: Tx, ref: IssueRef): Promise<IssueRow> {
  const row = await tx.maybeOne<IssueRow>(sql`
    SELECT id, workspace_id, crew_id, identifier, status FROM issues
    WHERE crew_id = ${ref.crewId} AND identifier = ${ref.identifier} FOR UPDATE`);
  if (row === null) throw notFound('issue');
  return row;
}

export interface IssuePatch {
  readonly status?: IssueStatus | undefined;
  readonly priority?: Issue['priority'] | undefined;
  /** null: nobody. */
  readonly assignee?: Assignee | null | undefined;
  readonly dueDate?: string | null | undefined;
  readonly estimate?: number | null | undefined;
  readonly comment?: { readonly agentId: string; readonly body: string } | undefined;
}

/**
 * Changes an issue of the crew, all or nothing. Throws `not_found`, `wrong_state` for a move that its status does not
 * allow, `invalid_request` when there is nothing to change and for agents and people that are not there.
 */
export async function updateIssue(tx: Tx, ref: IssueRef, patch: IssuePatch, actor: Actor): Promise<void> {
  const issue = await lockIssue(tx, ref);
  const columns = await columnsOf(tx, issue, patch);
  const changedFields = Object.keys(columns).filter((name) => name !== 'completed_at');
  if (changedFields.length === 0 && patch.comment === undefined) {
    throw new CrewshipError('invalid_request', 'there is nothing to change');
  }
  if (changedFields.length > 0) {
    await tx.execute(sql`
      UPDATE issues SET ${assignments({ ...columns, updated_at: sql.fragment`now()` })}
      WHERE id = ${issue.id} AND status = ${issue.status}`);
    const changed = { identifier: issue.identifier, changed_fields: changedFields };
    if (patch.status === undefined) journalIssue(tx, issue, actor, { type: 'issue.updated', payload: changed });
    else {
      journalIssue(tx, issue, actor, {
        type: 'issue.status_change',
        payload: { ...changed, from: issue.status, to: patch.status },
      });
    }
  }
  if (patch.comment !== undefined) await insertComment(tx, issue, patch.comment, actor);
}

async function columnsOf(tx: Tx, issue: IssueRow, patch: IssuePatch): Promise<Record<string, Fragment>> {
  const columns: Record<string, Fragment> = {};
  if (patch.status !== undefined) {
    if (!canMoveIssue(issue.status, patch.status)) throw wrongState('issue', issue.status);
    columns.status = sql.fragment`${patch.status}`;
    columns.completed_at = isClosedIssue(patch.status) ? sql.fragment`now()` : sql.fragment`NULL`;
  }
  if (patch.priority !== undefined) columns.priority = sql.fragment`${patch.priority}`;
  if (patch.assignee !== undefined) {
    if (patch.assignee !== null) await refuseForeignAssignee(tx, issue.workspace_id, patch.assignee);
    columns.assignee_type = sql.fragment`${patch.assignee?.type ?? null}`;
    columns.assignee_id = sql.fragment`${patch.assignee?.id ?? null}`;
  }
  if (patch.dueDate !== undefined) columns.due_date = sql.fragment`${patch.dueDate}::date`;
  if (patch.estimate !== undefined) columns.estimate = sql.fragment`${patch.estimate}::integer`;
  return columns;
}

export interface IssueComment {
  readonly id: string;
  readonly issue_id: string;
  readonly author_type: 'user' | 'agent';
  readonly author_id: string;
  readonly body: string;
  readonly created_at: string;
  readonly updated_at: string;
}

/** A comment of an agent of the crew. Throws `not_found`, `invalid_request` for an agent outside the crew. */
export async function commentOnIssue(
  tx: Tx,
  ref: IssueRef,
  comment: { readonly agentId: string; readonly body: string },
  actor: Actor,
): Promise<IssueComment> {
  return insertComment(tx, await lockIssue(tx, ref), comment, actor);
}

async function insertComment(
  tx: Tx,
  issue: IssueRow,
  comment: { readonly agentId: string; readonly body: string },
  actor: Actor,
): Promise<IssueComment> {
  await refuseOtherCrewsAgent(tx, 'agent_id', issue.crew_id, comment.agentId);
  const row = await tx.one<IssueComment>(sql`
    INSERT INTO issue_comments (id, workspace_id, issue_id, author_type, author_id, body)
    VALUES (${newId()}, ${issue.workspace_id}, ${issue.id}, 'agent', ${comment.agentId}, ${comment.body})
    RETURNING id, issue_id, author_type, author_id, body, created_at, updated_at`);
  journalIssue(tx, issue, actor, {
    type: 'issue.comment',
    payload: { identifier: issue.identifier, comment_id: row.id, length: comment.body.length },
  });
  return row;
}

async function refuseOtherCrewsAgent(tx: Tx, field: string, crewId: string, agentId: string): Promise<void> {
  const agent = await tx.maybeOne(sql`
    SELECT 1 FROM agents WHERE id = ${agentId} AND crew_id = ${crewId} AND deleted_at IS NULL`);
  if (agent === null) throw invalidField(field, 'names no agent of this crew');
}

async function refuseForeignAssignee(tx: Tx, workspaceId: string, { type, id }: Assignee): Promise<void> {
  const found = await tx.maybeOne(
    type === 'agent'
      ? sql`SELECT 1 FROM agents WHERE id = ${id} AND workspace_id = ${workspaceId} AND deleted_at IS NULL`
      : sql`SELECT 1 FROM memberships
            WHERE user_id = ${id} AND workspace_id = ${workspaceId} AND disabled_at IS NULL`,
  );
  if (found === null) throw invalidField('assignee_id', `names no ${type} of this workspace`);
}

/** What changed, by ids, states and field names; never what anybody wrote. */
function journalIssue(
  tx: Tx,
  issue: { id: string; identifier: string; workspace_id: string; crew_id: string },
  actor: Actor,
  entry: EntryParts<keyof typeof issueEntries>,
): void {
  tx.journal({
    actor,
    workspaceId: issue.workspace_id,
    crewId: issue.crew_id,
    ...(actor.type === 'agent' ? { agentId: actor.id } : {}),
    targetType: 'issue',
    targetId: issue.id,
    summary: `${issue.identifier}: ${entry.type.slice('issue.'.length).replace('_', ' ')}`,
    ...entry,
  });
}
