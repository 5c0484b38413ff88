import type { Actor } from '../../../domain/kernel/access/authority.ts';
import type { AnswerDelivery } from '../../../domain/people/escalations/answer-delivery.ts';
import type { EscalationAction } from '../../../domain/people/escalations/escalation.ts';
import type { Tx } from '../../../db/kernel/transaction.ts';
import type { EscalationRow } from '../../../db/people/escalations/escalation-row.ts';

/** `peer.escalation` of one transition. Neither question nor answer is in it: those stay in the row. */
export function journalEscalation(
  tx: Tx,
  escalation: Omit<EscalationRow, 'status' | 'action' | 'deadline_at' | 'answer_deadline_at' | 'agent_gave_up_at'>,
  change: {
    state: 'pending' | 'resolved' | 'expired' | 'cancelled' | 'unanswered' | 'delivered' | 'acknowledged' | 'handed_on';
    actor: Actor;
    action?: EscalationAction;
    agentStillWaiting?: boolean;
    delivery?: AnswerDelivery;
    /** The attempt that has a late answer, and how it got it. */
    to?: { runId: string; taskId: string | null; via: 'input' | 'request' | null };
  },
): void {
  // A late answer may be handed on from an attempt that was lost: each of them has it once.
  const once = change.to === undefined ? change.state : `${change.state}-${change.to.runId}`;
  tx.journal({
    transitionId: `escalation-${escalation.id}-${escalation.generation}:${once}`,
    type: 'peer.escalation',
    severity: change.state === 'pending' || change.state === 'expired' ? 'warn' : 'notice',
    actor: change.actor,
    workspaceId: escalation.workspace_id,
    crewId: escalation.crew_id,
    agentId: escalation.agent_id,
    missionId: escalation.mission_id,
    taskId: escalation.task_id,
    targetType: 'escalation',
    targetId: escalation.id,
    summary: `escalation ${change.state}`,
    payload: {
      escalation_id: escalation.id,
      state: change.state,
      chat_id: escalation.chat_id,
      ...(change.action === undefined ? {} : { action: change.action }),
      ...(change.agentStillWaiting === undefined ? {} : { agent_still_waiting: change.agentStillWaiting }),
      ...(change.delivery === undefined
        ? {}
        : { delivery: change.delivery.kind, delivery_run_id: change.delivery.runId }),
      ...(change.to === undefined
        ? {}
        : { run_id: change.to.runId, to_task_id: change.to.taskId, delivered_via: change.to.via }),
    },
    traceId: escalation.run_id,
  });
}
