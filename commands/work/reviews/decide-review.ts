import type { Actor } from '../../../domain/kernel/access/authority.ts';
import { CrewshipError, wrongState } from '../../../domain/kernel/errors/crewship-error.ts';
import type { Decision } from '../../../domain/people/approvals/approval.ts';
import { isOpenReview, REVIEW_APPROVAL, REVIEW_SUBJECT } from '../../../domain/work/reviews/review-item.ts';
import { sql } from '../../../db/kernel/sql.ts';
import type { DecisionEffect } from '../../../db/kernel/transaction-effects.ts';
import type { Tx } from '../../../db/kernel/transaction.ts';
import { getApprovalIn } from '../../../db/people/approvals/approvals-store.ts';
import type { ReviewReader } from '../../../db/work/reviews/review-sight.ts';
import { getReviewRowIn, lockReview, type ReviewRow } from '../../../db/work/reviews/reviews-store.ts';
import { findTaskRow, readTaskAccess } from '../../../db/work/tasks/managed-task-row.ts';
import { holdOpenApproval, settleApproval } from '../../engine/approvals/approval-commands.ts';
import { isEditor, refuseInArchive } from '../../engine/tasks/task-access.ts';
import { holdReviewedTask } from './hold-reviewed-task.ts';
import { journalReview } from './review-journal.ts';

/** An item, and who decides it. */
export interface ReviewCall extends ReviewReader {
  readonly itemId: string;
}

/**
 * An item that is open, held for somebody who may decide it: who is to, or who may change what is in its project, and
 * never who submitted it. Throws `not_found`, `forbidden`, `wrong_state` with the state it has.
 */
async function holdOpen(tx: Tx, call: ReviewCall): Promise<ReviewRow> {
  const known = await getReviewRowIn(tx, call, call.itemId);
  const access = await readTaskAccess(tx, call, known.project_id, 'review item');
  if (known.submitted_by === call.userId) {
    throw new CrewshipError('forbidden', 'somebody else than who submitted it has to decide it', {
      extensions: { reason: 'own_submission' },
    });
  }
  if (known.assignee_id !== call.userId && !isEditor(access)) {
    throw new CrewshipError('forbidden', 'this takes its assignee, MANAGER, or an editor of its project');
  }
  refuseInArchive(access);
  await holdSubject(tx, known);
  const item = await getReviewRowIn(tx, call, call.itemId);
  if (!isOpenReview(item.status)) throw wrongState('review item', item.status);
  return item;
}

/** What the decision is about: the task, or the item itself. */
async function holdSubject(tx: Tx, item: ReviewRow): Promise<void> {
  if (item.subject_type !== 'task') return lockReview(tx, item.id);
  const task = await findTaskRow(tx, item.subject_id!);
  // With a task that is deleted its decision is over.
  if (task !== null) await holdReviewedTask(tx, task);
}

/**
 * Approves or rejects an item that is open; of a task's item this decides the task, with all that follows. Throws
 * `not_found`, `forbidden`, `wrong_state` with the state it has, and what the task's decision throws.
 */
export async function decideReview(
  tx: Tx,
  call: ReviewCall,
  decided: { readonly verdict: 'approved' | 'rejected'; readonly note: string | null },
  actor: Actor,
): Promise<void> {
  const item = await holdOpen(tx, call);
  const approval = await getApprovalIn(tx, item.approval_id);
  const verdict = decided.verdict === 'approved' ? 'approved' : 'denied';
  const decision = { verdict, comment: decided.note, decidedBy: call.userId } as const;
  if (approval.kind === REVIEW_APPROVAL) {
    await settle(tx, item, decision, actor);
    return;
  }
  await tx.effects.approvalDecided[approval.kind]!.decide(tx, approval, decision, actor);
  noteDecided(tx, item, decided.verdict, actor);
}

async function settle(tx: Tx, item: ReviewRow, decision: Decision, actor: Actor): Promise<void> {
  const subject = { kind: REVIEW_APPROVAL, subjectType: REVIEW_SUBJECT, subjectId: item.id };
  await settleApproval(tx, subject, decision, { actor, traceId: item.id });
  noteDecided(tx, item, decision.verdict === 'approved' ? 'approved' : 'rejected', actor);
}

function noteDecided(tx: Tx, item: ReviewRow, verdict: 'approved' | 'rejected', actor: Actor): void {
  const payload = { item_id: item.id, approval_id: item.approval_id, verdict };
  journalReview(tx, item, actor, { type: 'review.decided', payload });
}

/** As the one route of decisions has it. */
export const reviewDecision: DecisionEffect = {
  async decide(tx, approval, decision, actor) {
    const userId = decision.decidedBy;
    if (userId === null) throw new CrewshipError('forbidden', 'a person has to decide this');
    const item = await holdOpen(tx, { workspaceId: approval.workspace_id, userId, itemId: approval.subject_id });
    await settle(tx, item, decision, actor);
  },
  isCancellable: true,
};

/**
 * Keeps what the item is about from agents and searches until it is approved; its decision stays open. Throws as
 * {@link decideReview} does, `wrong_state` also for what is in quarantine already.
 */
export async function quarantineReview(tx: Tx, call: ReviewCall, reason: string, actor: Actor): Promise<void> {
  const item = await holdOpen(tx, call);
  if (item.status === 'quarantined') throw wrongState('review item', item.status);
  // Withdrawn at this moment, it is over.
  if (!(await holdOpenApproval(tx, item.approval_id))) throw wrongState('review item', 'cancelled');
  await tx.execute(sql`
    UPDATE review_items SET quarantined_at = clock_timestamp(), quarantined_by = ${call.userId},
      quarantine_reason = ${reason}, updated_at = now()
    WHERE id = ${item.id}`);
  const payload = { item_id: item.id, approval_id: item.approval_id };
  journalReview(tx, item, actor, { type: 'review.quarantined', payload });
}
