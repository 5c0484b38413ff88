import type { JournalEntry } from '../../kernel/journal/journal-entry.ts';
import type { Channels, EventRules } from '../../kernel/realtime/event-rules.ts';
import { known, type RealtimeEvent, to } from '../../kernel/realtime/realtime-event.ts';
import type { portEntries } from './port-entries.ts';

type Exposure = Pick<JournalEntry, 'entry_type' | 'target_id' | 'crew_id' | 'agent_id'>;

function exposureChanged(entry: Exposure, at: Channels): RealtimeEvent[] {
  const { entry_type: type, target_id: id, crew_id, agent_id } = entry;
  return to(at.workspace, type, 'crews:read', known({ id, crew_id, agent_id }));
}

export const portEvents = {
  entries: {
    'port_expose.created': exposureChanged,
    'port_expose.revoked': exposureChanged,
    'port_expose.expired': exposureChanged,
  },
} satisfies EventRules<typeof portEntries>;
