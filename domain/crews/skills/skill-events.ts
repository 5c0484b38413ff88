import type { JsonValue } from '../../kernel/json/json-value.ts';
import type { Channels, EventRules } from '../../kernel/realtime/event-rules.ts';
import { known, type RealtimeEvent, to, word } from '../../kernel/realtime/realtime-event.ts';
import type { skillEntries } from './skill-entries.ts';

interface Told {
  readonly agent_id: string | null;
  readonly payload: { readonly skill_id?: JsonValue };
}

function agentSkillIs(verb: string, { agent_id, payload }: Told, at: Channels): RealtimeEvent[] {
  return to(at.workspace, `agent.${verb}`, 'agents:read', known({ agent_id, skill_id: word(payload.skill_id) }));
}

export const skillEvents = {
  entries: {
    'skill.assigned': (entry, at) => agentSkillIs('skill_assigned', entry, at),
    'skill.unassigned': (entry, at) => agentSkillIs('skill_unassigned', entry, at),
  },
} satisfies EventRules<typeof skillEntries>;
