import type { JournalEntry } from '../../kernel/journal/journal-entry.ts';
import type { Channels, EventRules } from '../../kernel/realtime/event-rules.ts';
import { known, type RealtimeEvent, to, word } from '../../kernel/realtime/realtime-event.ts';
import type { agentAudits, agentEntries } from './agent-entries.ts';

type Target = Pick<JournalEntry, 'target_id' | 'crew_id'>;

function agentIs(verb: string, { target_id: id, crew_id }: Target, at: Channels): RealtimeEvent[] {
  return to(at.workspace, `agent.${verb}`, 'agents:read', known({ id, crew_id }));
}

export const agentEvents = {
  entries: {
    'agent.status_change': ({ agent_id, payload }, at) =>
      to(at.workspace, 'agent.status', 'agents:read', known({ agent_id, status: word(payload.to) })),
    'agent.circuit_opened': (entry, at) => agentIs('updated', entry, at),
    'agent.circuit_closed': (entry, at) => agentIs('updated', entry, at),
  },
  audits: {
    agent: (entry, verb, at) => agentIs(verb, entry, at),
  },
} satisfies EventRules<typeof agentEntries, typeof agentAudits>;
