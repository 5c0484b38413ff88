import type { Actor } from '../../../domain/kernel/access/authority.ts';
import { invalidField, wrongState } from '../../../domain/kernel/errors/crewship-error.ts';
import { type IssueStatus, isClosedIssue } from '../../../domain/work/issues/issue.ts';
import { sql } from '../../../db/kernel/sql.ts';
import type { Tx } from '../../../db/kernel/transaction.ts';
import { cancelMission, patchMission } from '../../engine/missions/mission-commands.ts';
import { insertComment } from './issue-comments.ts';
import { addActivity, type IssueRef, type IssueRow, journalIssue } from './issue-rows.ts';
import { holdIssue, missionOwned } from './update-issue.ts';

export interface IssueReview {
  readonly action: 'approve' | 'request_changes';
  readonly comment: string | null;
  /** The slug of an agent of the crew. */
  readonly reassignTo: string | undefined;
}

/**
 * The result of an issue is accepted, DONE with its mission, or sent back: TODO, while its mission stays at REVIEW
 * until the issue is started again. Both leave a comment and say so. Throws `not_found`, `forbidden`, `wrong_state`
 * with the status it has, `conflict` while its mission is at work, `invalid_request` for another crew's agent.
 */
export async function reviewIssue(
  tx: Tx,
  ref: IssueRef & { readonly userId: string },
  review: IssueReview,
  actor: Actor,
): Promise<void> {
  const held = await holdIssue(tx, ref);
  const { issue, mission } = held;
  if (issue.status !== 'REVIEW' && issue.status !== 'IN_PROGRESS') throw wrongState('issue', issue.status);
  // Agents are at work: there is nothing to review yet.
  if (mission !== null && mission.status !== 'REVIEW') throw missionOwned(held);
  const isApproved = review.action === 'approve';
  if (review.reassignTo !== undefined) await reassign(tx, issue, review.reassignTo, actor);
  if (isApproved && mission !== null) await patchMission(tx, mission, { status: 'COMPLETED' }, actor);
  else await moveIssue(tx, issue, isApproved ? 'DONE' : 'TODO', actor);
  const text = review.comment ?? (isApproved ? 'Approved.' : 'Changes requested.');
  await insertComment(tx, issue, { author: { type: 'user', id: ref.userId }, body: text }, actor);
  await addActivity(tx, issue, actor, isApproved ? 'review_approved' : 'review_changes_requested');
}

async function reassign(tx: Tx, issue: IssueRow, slug: string, actor: Actor): Promise<void> {
  const agent = await tx.maybeOne<{ id: string }>(sql`
    SELECT id FROM agents WHERE crew_id = ${issue.crew_id} AND slug = ${slug} AND deleted_at IS NULL`);
  if (agent === null) throw invalidField('reassign_to', 'names no agent of the issue’s crew');
  await tx.execute(sql`
    UPDATE issues SET assignee_type = 'agent', assignee_id = ${agent.id}, updated_at = now() WHERE id = ${issue.id}`);
  await addActivity(tx, issue, actor, 'assignee_changed', { from: issue.assignee_id, to: agent.id });
}

/** Moves a locked issue that no mission moves. */
async function moveIssue(tx: Tx, issue: IssueRow, to: IssueStatus, actor: Actor): Promise<void> {
  await tx.execute(sql`
    UPDATE issues SET status = ${to}, updated_at = now(), completed_at = CASE WHEN ${isClosedIssue(to)} THEN now() END
    WHERE id = ${issue.id}`);
  await addActivity(tx, issue, actor, 'status_changed', { from: issue.status, to });
  journalIssue(tx, issue, actor, {
    type: 'issue.status_change',
    payload: { identifier: issue.identifier, changed_fields: ['status'], from: issue.status, to },
  });
}

/** IN_PROGRESS or REVIEW → CANCELLED, with its mission and what agents do for it. Throws `not_found`, `wrong_state`. */
export async function stopIssue(tx: Tx, ref: IssueRef, actor: Actor): Promise<void> {
  const { issue, mission } = await holdIssue(tx, ref);
  if (issue.status !== 'IN_PROGRESS' && issue.status !== 'REVIEW') throw wrongState('issue', issue.status);
  // Its end takes the issue along.
  if (mission !== null) await cancelMission(tx, mission, 'issue stopped', actor);
  else await moveIssue(tx, issue, 'CANCELLED', actor);
}
