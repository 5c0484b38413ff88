import type { EventRule, EventRules } from '../../kernel/realtime/event-rules.ts';
import { known, to, word } from '../../kernel/realtime/realtime-event.ts';
import type { issueEntries } from './issue-entries.ts';

type Told = { readonly identifier: string; readonly to: string };

function issueIs(event: 'created' | 'updated' | 'deleted'): EventRule<Told> {
  return ({ target_type, payload }, at) =>
    // Of a private project, which not all who listen may see.
    target_type === 'project'
      ? []
      : to(
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
    'issue.related': issueIs('updated'),
    'issue.unrelated': issueIs('updated'),
    'issue.attached': issueIs('updated'),
    'issue.detached': issueIs('updated'),
    'issue.code_linked': issueIs('updated'),
    'issue.code_unlinked': issueIs('updated'),
    'issue.deleted': issueIs('deleted'),
  },
} satisfies EventRules<typeof issueEntries>;
