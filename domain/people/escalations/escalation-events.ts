import type { EventRules } from '../../kernel/realtime/event-rules.ts';
import { known, to, word } from '../../kernel/realtime/realtime-event.ts';
import type { escalationEntries } from './escalation-entries.ts';

const EVENTS: Readonly<Record<string, string>> = {
  pending: 'created',
  resolved: 'resolved',
  expired: 'expired',
  cancelled: 'cancelled',
  unanswered: 'unanswered',
  delivered: 'delivered',
};

export const escalationEvents = {
  entries: {
    'peer.escalation'(entry, at) {
      const event = EVENTS[word(entry.payload.state) ?? ''];
      if (event === undefined) return [];
      const payload = known({
        id: entry.target_id,
        crew_id: entry.crew_id,
        agent_id: entry.agent_id,
        mission_id: entry.mission_id,
        action: word(entry.payload.action),
      });
      const isMoved = event !== 'unanswered' && event !== 'delivered';
      return [
        ...to(at.workspace, `escalation.${event}`, 'escalations:read', payload),
        ...(isMoved ? to(at.workspace, 'inbox.updated', 'escalations:read', { source: 'escalation' }) : []),
      ];
    },
  },
} satisfies EventRules<typeof escalationEntries>;
