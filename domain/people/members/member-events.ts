import type { EventRules } from '../../kernel/realtime/event-rules.ts';
import { known, to, word } from '../../kernel/realtime/realtime-event.ts';
import type { memberEntries } from './member-entries.ts';

/** What the workspace's channel hears of its members. */
export const memberEvents = {
  entries: {
    'member.added': ({ target_id: id }, at) => to(at.workspace, 'member.added', 'workspace:read', known({ id })),
    'member.removed': ({ target_id: id }, at) => to(at.workspace, 'member.removed', 'workspace:read', known({ id })),
    'member.role_change'({ target_id: id, payload, workspace_id }, at) {
      const told = known({ id, role: word(payload.to) });
      const mine = known({ workspace_id, role: word(payload.to) });
      return [
        ...to(at.workspace, 'member.role_changed', 'workspace:read', told),
        ...to(id === null ? null : `user:${id}`, 'member.role_changed', 'workspace:read', mine),
      ];
    },
    'invitation.created': ({ target_id: id }, at) =>
      to(at.workspace, 'invitation.created', 'workspace:read', known({ id })),
    'invitation.revoked': ({ target_id: id }, at) =>
      to(at.workspace, 'invitation.revoked', 'workspace:read', known({ id })),
  },
} satisfies EventRules<typeof memberEntries>;
