import type { EventRule, EventRules } from '../../kernel/realtime/event-rules.ts';
import { known, to } from '../../kernel/realtime/realtime-event.ts';
import type { projectEntries } from './project-entries.ts';

type Told = { readonly visibility: string; readonly was: string };

/** The workspace's channel has listeners who may not see private projects: it hears nothing of them. */
function projectIs(event: 'created' | 'updated' | 'deleted'): EventRule<Told> {
  return ({ target_id: id, payload: { visibility, was } }, at) =>
    [visibility, was].includes('workspace') ? to(at.workspace, `project.${event}`, 'projects:read', known({ id })) : [];
}

export const projectEvents = {
  entries: {
    'project.created': projectIs('created'),
    'project.updated': projectIs('updated'),
    'project.archived': projectIs('updated'),
    'project.unarchived': projectIs('updated'),
    'project.deleted': projectIs('deleted'),
  },
} satisfies EventRules<typeof projectEntries>;
