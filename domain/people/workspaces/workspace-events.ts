import type { EventRules } from '../../kernel/realtime/event-rules.ts';
import { known, to, word } from '../../kernel/realtime/realtime-event.ts';
import type { workspaceAudits } from './workspace-entries.ts';

export const workspaceEvents = {
  audits: {
    workspace: ({ target_id: id, payload }, verb, at) =>
      to(at.workspace, `workspace.${verb}`, 'workspace:read', known({ id, slug: word(payload.slug) })),
  },
} satisfies EventRules<unknown, typeof workspaceAudits>;
