import type { Actor } from '../../domain/access/authority.ts';
import type { EscalationAction } from '../../domain/escalations/escalation.ts';
import type { Tx } from '../kernel/transaction.ts';
import type { EscalationRow } from './escalation-row.ts';

/** `peer.escalation` of one transition. Neither question nor answer is in it: those stay in the row. */
export function journalEscalation(
  tx: Tx,
  escalation: Omit<EscalationRow, 'status' | 'action' | 'deadline_at' | 'answer_deadline_at' | 'agent_gave_up_at'>,
  change: {
    state: 'pending' | 'resolved' | 'expired' | 'cancelled' | 'unanswered';
    actor: Actor;
    action?: EscalationAction;
    agentStillWaiting?: boolean;
  },
): void {
  tx.journal({
    transitionId: `escalation-${escalation.id}-${escalation.generation}:${change.state}`,
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
    },
    traceId: escalation.run_id,
  });
}
