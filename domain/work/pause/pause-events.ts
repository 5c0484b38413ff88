import type { JournalEntry } from '../../kernel/journal/journal-entry.ts';
import type { Channels, EventRules } from '../../kernel/realtime/event-rules.ts';
import { known, type RealtimeEvent, to } from '../../kernel/realtime/realtime-event.ts';
import type { pauseEntries } from './pause-entries.ts';

type Target = Pick<JournalEntry, 'target_id'>;

function updated(event: string, scope: string, paused: boolean) {
  return ({ target_id: id }: Target, at: Channels): RealtimeEvent[] =>
    to(at.workspace, event, scope, known({ id, paused }));
}

export const pauseEvents = {
  entries: {
    'workspace.paused': updated('workspace.updated', 'workspace:read', true),
    'workspace.unpaused': updated('workspace.updated', 'workspace:read', false),
    'crew.paused': updated('crew.updated', 'crews:read', true),
    'crew.unpaused': updated('crew.updated', 'crews:read', false),
    'agent.paused': updated('agent.updated', 'agents:read', true),
    'agent.unpaused': updated('agent.updated', 'agents:read', false),
  },
} satisfies EventRules<typeof pauseEntries, unknown>;
