import type { JournalEntry } from '../../kernel/journal/journal-entry.ts';
import type { Channels, EventRules } from '../../kernel/realtime/event-rules.ts';
import { known, type RealtimeEvent, to, word } from '../../kernel/realtime/realtime-event.ts';
import type { agentAudits, agentEntries } from './agent-entries.ts';

type Target = Pick<JournalEntry, 'target_id' | 'crew_id'>;

function agentIs(verb: string, { target_id: id, crew_id }: Target, at: Channels): RealtimeEvent[] {
  const payload = known({ id, crew_id });
  return [
    ...to(at.workspace, `agent.${verb}`, 'agents:read', payload),
    ...to(id === null ? null : `agent:${id}`, `agent.${verb}`, 'agents:read', payload),
  ];
}

export const agentEvents = {
  entries: {
    'agent.status_change': ({ agent_id, payload }, at) => {
      const told = known({ agent_id, status: word(payload.to) });
      return [
        ...to(at.workspace, 'agent.status', 'agents:read', told),
        ...to(at.agent, 'agent.status', 'agents:read', told),
      ];
    },
    'agent.circuit_opened': (entry, at) => agentIs('updated', entry, at),
    'agent.circuit_closed': (entry, at) => agentIs('updated', entry, at),
  },
  audits: {
    agent: (entry, verb, at) => agentIs(verb, entry, at),
  },
} satisfies EventRules<typeof agentEntries, typeof agentAudits>;
