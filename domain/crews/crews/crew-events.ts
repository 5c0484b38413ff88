import type { EventRules } from '../../kernel/realtime/event-rules.ts';
import { known, to, word } from '../../kernel/realtime/realtime-event.ts';
import type { crewAudits, crewEntries } from './crew-entries.ts';

export const crewEvents = {
  entries: {
    'container.status_change': ({ crew_id: id, payload }, at) =>
      to(at.workspace, 'crew.updated', 'crews:read', known({ id, container_status: word(payload.to) })),
  },
  audits: {
    crew: ({ target_id: id }, verb, at) => to(at.workspace, `crew.${verb}`, 'crews:read', known({ id })),
  },
} satisfies EventRules<typeof crewEntries, typeof crewAudits>;
