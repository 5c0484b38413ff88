import { entryKind } from '../../kernel/journal/entry-kind.ts';
import type { AnswerDelivery } from './answer-delivery.ts';
import type { EscalationAction } from './escalation.ts';

/** Neither question nor answer is in them: those stay in the row. */
export const escalationEntries = {
  'peer.escalation': entryKind<{
    readonly escalation_id: string;
    readonly state:
      | 'pending'
      | 'resolved'
      | 'expired'
      | 'cancelled'
      | 'unanswered'
      | 'delivered'
      | 'acknowledged'
      | 'handed_on';
    readonly chat_id: string | null;
    readonly action?: EscalationAction;
    readonly agent_still_waiting?: boolean;
    readonly delivery?: AnswerDelivery['kind'];
    readonly delivery_run_id?: string | null;
    /** The attempt that has a late answer, and how it got it. */
    readonly run_id?: string;
    readonly to_task_id?: string | null;
    readonly delivered_via?: 'input' | 'request' | null;
  }>(),
  'peer.escalations_purged': entryKind<{ readonly escalations: number }>(),
};
