import type { Approval, Decision } from '../../../domain/people/approvals/approval.ts';
import { refuseEdits } from '../../../domain/people/approvals/action-kinds.ts';
import type { HowDecides } from '../../../domain/people/approvals/deciding.ts';
import type { Actor } from '../../../domain/kernel/access/authority.ts';
import { CrewshipError, invalidField, wrongState } from '../../../domain/kernel/errors/crewship-error.ts';
import { hasOtherDecider } from '../../../db/people/approvals/other-decider.ts';
import { isAuthorOf } from '../../../db/work/runs/turn-authors.ts';
import { readGovernance } from '../../../db/vault/keeper/keeper-governance-store.ts';
import type { Tx } from '../../../db/kernel/transaction.ts';
import { cancelApproval, decisionCameTooLate } from './approval-commands.ts';
import { getApprovalIn } from '../../../db/people/approvals/approvals-store.ts';

/** Who decides; whether the role suffices is the route's to say. */
export interface Decider {
  readonly userId: string | null;
  readonly isInstanceOperator: boolean;
  readonly isOwner: boolean;
  readonly how: HowDecides;
}

/**
 * Decides an open approval, with all that follows from it. Throws `not_found`, `wrong_state` with the status it has,
 * `deadline_passed`, `interactive_required` for a key that was not made to decide, `forbidden` for who may not decide
 * it, or whose own run asks where four eyes are needed, `invalid_request` for edits that its kind does not allow, and
 * what its kind throws; then it is still open.
 */
export async function decideApproval(tx: Tx, id: string, decision: Decision, by: Decider, actor: Actor): Promise<void> {
  const approval = await getApprovalIn(tx, id);
  refuseClosed(approval);
  if (approval.is_late) throw decisionCameTooLate();
  refuseUnauthorised(approval, by);
  const selfApproved = decision.verdict === 'approved' && (await approvesOwn(tx, approval, by));
  if (decision.edits !== undefined && decision.edits !== null) {
    const refused = refuseEdits(approval.kind, approval.payload, decision.edits);
    if (refused !== null) throw invalidField(`edits.${refused.member}`, refused.rule);
  }
  const effect = tx.effects.approvalDecided[approval.kind];
  if (effect === undefined) throw new CrewshipError('conflict', 'an approval of this kind is decided elsewhere');
  await effect.decide(tx, approval, { ...decision, selfApproved }, actor);
}

/** Withdraws an open approval: what waits for it stays as it is. Throws as {@link decideApproval} does. */
export async function withdrawApproval(
  tx: Tx,
  id: string,
  reason: string | null,
  by: Decider,
  actor: Actor,
): Promise<void> {
  const approval = await getApprovalIn(tx, id);
  refuseClosed(approval);
  refuseUnauthorised(approval, by);
  if (tx.effects.approvalDecided[approval.kind]?.isCancellable !== true) {
    throw new CrewshipError(
      'conflict',
      `what waits for this can only be decided, or end with its ${approval.subject_type}`,
    );
  }
  if (await cancelApproval(tx, id, { userId: by.userId, reason, actor })) return;
  refuseClosed(await getApprovalIn(tx, id));
}

/**
 * Whether somebody that the asking run works for, or who wrote into its turn, approves it where four eyes are needed:
 * the OWNER may, where nobody else could and the workspace lets them. Throws `forbidden` for everybody else of these.
 */
async function approvesOwn(tx: Tx, approval: Approval, by: Decider): Promise<boolean> {
  if (!approval.four_eyes) return false;
  const actsFor = approval.acts_for_user_id;
  if (actsFor !== null && by.userId !== null && by.userId !== actsFor) {
    if (!(await isAuthorOf(tx, approval.run_id, by.userId))) return false;
  }
  const governance = await readGovernance(tx, approval.workspace_id);
  // Of a run that works for nobody known, everybody may be that one.
  const isAlone = actsFor === null || !(await hasOtherDecider(tx, approval));
  if (by.isOwner && !governance.require_second_approver && isAlone) return true;
  throw new CrewshipError('forbidden', 'somebody else than the person that the run works for has to approve this', {
    extensions: { reason: 'four_eyes' },
  });
}

function refuseClosed(approval: Approval): void {
  if (approval.status !== 'pending') throw wrongState('approval', approval.status);
}

function refuseUnauthorised(approval: Approval, by: Decider): void {
  if (by.how === 'neither' || (by.how === 'token' && approval.four_eyes)) {
    throw new CrewshipError('interactive_required', 'a person who signed in has to decide this');
  }
  if (approval.required_authority === 'operator' && !by.isInstanceOperator) {
    throw new CrewshipError('forbidden', 'only the instance operator may decide this');
  }
}
