import type { EventRule, EventRules } from '../../kernel/realtime/event-rules.ts';
import { known, to, word } from '../../kernel/realtime/realtime-event.ts';
import type { issueEntries } from './issue-entries.ts';

type Told = { readonly identifier: string; readonly to: string };

function issueIs(event: 'created' | 'updated'): EventRule<Told> {
  return ({ payload }, at) =>
    to(
      at.workspace,
      `issue.${event}`,
      'missions:read',
      known({ identifier: word(payload.identifier), status: word(payload.to) }),
    );
}

export const issueEvents = {
  entries: {
    'issue.created': issueIs('created'),
    'issue.updated': issueIs('updated'),
    'issue.status_change': issueIs('updated'),
    'issue.comment': issueIs('updated'),
  },
} satisfies EventRules<typeof issueEntries>;
