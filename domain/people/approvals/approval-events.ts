import type { EventRule, EventRules } from '../../kernel/realtime/event-rules.ts';
import { known, to, word } from '../../kernel/realtime/realtime-event.ts';
import type { approvalEntries } from './approval-entries.ts';

const INBOX = { source: 'approval' };

/**
 * A decision that is asked for, or is over: `status` says how. Of one about a project or a session the workspace hears
 * only that inboxes have changed.
 */
function approvalIs(
  type: 'approval.required' | 'approval.resolved',
  status?: 'approved' | 'denied' | 'timeout' | 'cancelled',
): EventRule<{ readonly kind: string }> {
  return (entry, at) => {
    const payload = known({
      id: entry.target_id,
      crew_id: entry.crew_id,
      mission_id: entry.mission_id,
      task_id: entry.task_id,
      kind: word(entry.payload.kind),
      status,
    });
    const inboxes = to(at.workspace, 'inbox.updated', 'escalations:read', INBOX);
    if (entry.target_type !== 'approval') return inboxes;
    return [
      ...to(at.workspace, type, 'missions:read', payload),
      ...to(at.mission, type, 'missions:read', payload),
      ...inboxes,
    ];
  };
}

export const approvalEvents = {
  entries: {
    'approval.requested': approvalIs('approval.required'),
    'approval.granted': approvalIs('approval.resolved', 'approved'),
    'approval.denied': approvalIs('approval.resolved', 'denied'),
    'approval.timeout': approvalIs('approval.resolved', 'timeout'),
    'approval.cancelled': approvalIs('approval.resolved', 'cancelled'),
  },
} satisfies EventRules<typeof approvalEntries>;
