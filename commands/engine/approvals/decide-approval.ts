import type { Approval, Decision } from '../../../domain/people/approvals/approval.ts';
import type { Actor } from '../../../domain/kernel/access/authority.ts';
import { CrewshipError, wrongState } from '../../../domain/kernel/errors/crewship-error.ts';
import type { Tx } from '../../../db/kernel/transaction.ts';
import { cancelApproval } from './approval-commands.ts';
import { getApprovalIn } from '../../../db/people/approvals/approvals-store.ts';

/** Who decides; whether the role suffices is the route's to say. */
export interface Decider {
  readonly userId: string | null;
  readonly isInstanceOperator: boolean;
}

/**
 * Decides an open approval, with all that follows from it. Throws `not_found`, `wrong_state` with the status it has,
 * `deadline_passed`, `forbidden` for who may not decide it or has asked for it where four eyes are needed, and what its
 * kind throws; then it is still open.
 */
export async function decideApproval(tx: Tx, id: string, decision: Decision, by: Decider, actor: Actor): Promise<void> {
  const approval = await getApprovalIn(tx, id);
  refuseClosed(approval);
  if (approval.is_late) throw new CrewshipError('deadline_passed', 'the time to decide this is over');
  refuseUnauthorised(approval, by);
  if (approval.four_eyes && decision.verdict === 'approved' && approval.requested_by === by.userId) {
    throw new CrewshipError('forbidden', 'somebody else than who asked for it has to approve this');
  }
  const effect = tx.effects.approvalDecided[approval.kind];
  if (effect === undefined) throw new CrewshipError('conflict', 'an approval of this kind is decided elsewhere');
  await effect.decide(tx, approval, decision, actor);
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

function refuseClosed(approval: Approval): void {
  if (approval.status !== 'pending') throw wrongState('approval', approval.status);
}

function refuseUnauthorised(approval: Approval, by: Decider): void {
  if (approval.required_authority === 'operator' && !by.isInstanceOperator) {
    throw new CrewshipError('forbidden', 'only the instance operator may decide this');
  }
}
