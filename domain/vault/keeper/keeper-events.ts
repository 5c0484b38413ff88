import type { EventRules } from '../../kernel/realtime/event-rules.ts';
import { known, to, word } from '../../kernel/realtime/realtime-event.ts';
import type { keeperEntries } from './keeper-entries.ts';

export const keeperEvents = {
  entries: {
    'keeper.decision'(entry) {
      const { request_id, request_type, credential_id, decision, risk_score } = entry.payload;
      const payload = known({
        request_id: word(request_id),
        request_type: word(request_type),
        credential_id: word(credential_id),
        agent_id: entry.agent_id,
        crew_id: entry.crew_id,
        decision: word(decision),
      });
      const told = typeof risk_score === 'number' ? { ...payload, risk_score } : payload;
      return to(`keeper:${entry.workspace_id}`, 'keeper_event', 'credentials:read', told);
    },
  },
} satisfies EventRules<typeof keeperEntries>;
