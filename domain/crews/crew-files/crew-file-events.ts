import type { EventRules } from '../../kernel/realtime/event-rules.ts';
import { known, to } from '../../kernel/realtime/realtime-event.ts';
import type { crewFileEntries } from './crew-file-entries.ts';

/** A path as an agent gave it, unless it is longer than any that a host takes. */
const MAX_PATH_LENGTH = 1_024;

export const crewFileEvents = {
  entries: {
    /** A file of the crew's shared directory that another crew, or its own, has written. */
    'file.written'(entry, at) {
      const { path, size } = entry.payload;
      if (typeof path !== 'string' || path.length > MAX_PATH_LENGTH) return [];
      const told = known({ event: 'written', path, agent: entry.agent_id, timestamp: entry.ts });
      const payload = { ...told, ...(typeof size === 'number' ? { size } : {}) };
      return [at.crew, at.files].flatMap((channel) => to(channel, 'file.event', 'crews:read', payload));
    },
  },
} satisfies EventRules<typeof crewFileEntries>;
