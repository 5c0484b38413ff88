import type { EventRule, EventRules } from '../../kernel/realtime/event-rules.ts';
import { known, to, word } from '../../kernel/realtime/realtime-event.ts';
import type { peerEntries } from './peer-entries.ts';

const assignmentUpdated: EventRule<{ readonly state: string }> = ({ target_id: id, crew_id, payload }, at) =>
  to(at.workspace, 'assignment.updated', 'runs:read', known({ id, crew_id, state: word(payload.state) }));

export const peerEvents = {
  entries: {
    'assignment.created': assignmentUpdated,
    'assignment.replaced': assignmentUpdated,
    'assignment.completed': assignmentUpdated,
    'assignment.failed': assignmentUpdated,
    'assignment.cancelled': assignmentUpdated,
  },
} satisfies EventRules<typeof peerEntries>;
