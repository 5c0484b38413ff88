import type { Actor } from '../../../domain/kernel/access/authority.ts';
import { invalidField } from '../../../domain/kernel/errors/crewship-error.ts';
import { MENTIONED_IN, mentionsIn } from '../../../domain/work/issues/issue.ts';
import { newId } from '../../../platform/ids/ids.ts';
import { addInboxItem } from '../../../db/people/inbox/inbox-store.ts';
import { sql } from '../../../db/kernel/sql.ts';
import type { Tx } from '../../../db/kernel/transaction.ts';
import {
  addActivity,
  findIssue,
  type IssueRef,
  type IssueRow,
  journalIssue,
  lockIssue,
  refuseViewer,
} from './issue-rows.ts';

/** Whom one comment mentions at most. */
const MAX_MENTIONS = 20;

export interface IssueComment {
  readonly id: string;
  readonly issue_id: string;
  readonly author_type: 'user' | 'agent';
  readonly author_id: string;
  readonly body: string;
  readonly created_at: string;
  readonly updated_at: string;
}

interface NewComment {
  readonly author: { readonly type: 'user' | 'agent'; readonly id: string };
  readonly body: string;
}

/** A comment of an agent of the crew. Throws `not_found`, `invalid_request` for an agent outside the crew. */
export async function commentOnIssue(
  tx: Tx,
  ref: IssueRef,
  comment: { readonly agentId: string; readonly body: string },
  actor: Actor,
): Promise<IssueComment> {
  const author = { type: 'agent', id: comment.agentId } as const;
  return insertComment(tx, await lockIssue(tx, ref), { author, body: comment.body }, actor);
}

/** A comment of a person. Throws `not_found`, `forbidden`. */
export async function commentAsPerson(
  tx: Tx,
  ref: IssueRef & { readonly userId: string },
  body: string,
  actor: Actor,
): Promise<IssueComment> {
  const issue = await findIssue(tx, ref);
  await refuseViewer(tx, issue.project_id, ref.userId);
  return insertComment(tx, issue, { author: { type: 'user', id: ref.userId }, body }, actor);
}

export async function insertComment(
  tx: Tx,
  issue: IssueRow,
  { author, body }: NewComment,
  actor: Actor,
): Promise<IssueComment> {
  if (author.type === 'agent') await refuseOtherCrewsAgent(tx, 'agent_id', issue.crew_id, author.id);
  const row = await tx.one<IssueComment>(sql`
    INSERT INTO issue_comments (id, workspace_id, issue_id, author_type, author_id, body)
    VALUES (${newId()}, ${issue.workspace_id}, ${issue.id}, ${author.type}, ${author.id}, ${body})
    RETURNING id, issue_id, author_type, author_id, body, created_at, updated_at`);
  await addActivity(tx, issue, actor, 'commented', { comment_id: row.id, length: body.length });
  journalIssue(tx, issue, actor, {
    type: 'issue.comment',
    payload: { identifier: issue.identifier, comment_id: row.id, length: body.length },
  });
  await tellMentioned(tx, issue, row, actor);
  return row;
}

/** Agents by their slugs, people by their user names; a name that nobody has is a word. */
async function tellMentioned(tx: Tx, issue: IssueRow, comment: IssueComment, actor: Actor): Promise<void> {
  const names = mentionsIn(comment.body, MAX_MENTIONS);
  if (names.length === 0) return;
  const all = sql.array([...names], 'text');
  const mentioned = await tx.any<{ type: 'agent' | 'user'; id: string }>(sql`
    SELECT 'agent' AS type, id FROM agents
    WHERE workspace_id = ${issue.workspace_id} AND slug = ANY (${all}) AND deleted_at IS NULL
    UNION ALL
    SELECT 'user', u.id FROM users u JOIN memberships m ON m.user_id = u.id AND m.disabled_at IS NULL
    WHERE m.workspace_id = ${issue.workspace_id} AND lower(u.username) = ANY (${all})
      AND (${issue.project_id}::text IS NULL OR crewship_project_role(${issue.project_id}, u.id) IS NOT NULL)`);
  for (const { type, id } of mentioned) {
    await addActivity(tx, issue, actor, 'mentioned', { type, id, comment_id: comment.id });
    if (type === 'user') {
      await tellPerson(tx, issue, comment, id);
      continue;
    }
    const payload = { identifier: issue.identifier, comment_id: comment.id, agent_id: id };
    journalIssue(tx, issue, actor, { type: 'agent.mentioned', payload });
  }
}

/** Somebody who sees the issue has it in the inbox, but not their own words. */
async function tellPerson(tx: Tx, issue: IssueRow, comment: IssueComment, userId: string): Promise<void> {
  const isByAgent = comment.author_type === 'agent';
  if (!isByAgent && comment.author_id === userId) return;
  await addInboxItem(tx, {
    workspaceId: issue.workspace_id,
    type: 'mention',
    subject_type: MENTIONED_IN,
    subject_id: issue.id,
    crew_id: issue.crew_id,
    audience_user_id: userId,
    blocking: false,
    agentId: isByAgent ? comment.author_id : null,
    payload: { identifier: issue.identifier, comment_id: comment.id },
  });
}

export async function refuseOtherCrewsAgent(tx: Tx, field: string, crewId: string, agentId: string): Promise<void> {
  const agent = await tx.maybeOne(sql`
    SELECT 1 FROM agents WHERE id = ${agentId} AND crew_id = ${crewId} AND deleted_at IS NULL`);
  if (agent === null) throw invalidField(field, 'names no agent of this crew');
}
