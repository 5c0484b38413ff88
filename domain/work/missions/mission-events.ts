import type { JsonValue } from '../../kernel/json/json-value.ts';
import type { JournalEntry } from '../../kernel/journal/journal-entry.ts';
import type { Channels, EventRules } from '../../kernel/realtime/event-rules.ts';
import { known, type RealtimeEvent, to, word } from '../../kernel/realtime/realtime-event.ts';
import { confidenceLevel } from './confidence.ts';
import type { missionAudits, missionEntries } from './mission-entries.ts';

type Target = Pick<JournalEntry, 'target_id' | 'crew_id' | 'mission_id'>;

/** Something of the mission changed that its row shows. */
function missionUpdated({ target_id: id, crew_id }: Target, at: Channels): RealtimeEvent[] {
  return [
    ...to(at.workspace, 'mission.updated', 'missions:read', known({ id, crew_id })),
    ...to(at.mission, 'mission.updated', 'missions:read', known({ id })),
  ];
}

/** A task that is done although its agent is less sure than the crew wants to be told of. */
function lowConfidence(entry: Target, confidence: JsonValue | undefined, at: Channels): RealtimeEvent[] {
  if (typeof confidence !== 'number') return [];
  const payload = known({
    task_id: entry.target_id,
    mission_id: entry.mission_id,
    level: confidenceLevel(confidence),
  });
  return to(at.workspace, 'confidence.low', 'missions:read', payload);
}

export const missionEvents = {
  entries: {
    'mission.created': ({ target_id: id, crew_id, payload }, at) => [
      ...to(at.workspace, 'mission.created', 'missions:read', known({ id, crew_id, status: word(payload.status) })),
      ...to(at.crew, 'mission.created', 'missions:read', known({ id })),
    ],
    'mission.status_change'({ target_id: id, crew_id, payload }, at) {
      const status = word(payload.to);
      return [
        ...to(at.workspace, 'mission.updated', 'missions:read', known({ id, crew_id, status })),
        ...to(at.mission, 'mission.status', 'missions:read', known({ id, status })),
      ];
    },
    'mission.paused': missionUpdated,
    'mission.unpaused': missionUpdated,
    'mission.plan_accepted': missionUpdated,
    'mission.plan_refused': missionUpdated,
    'task.status_change'(entry, at) {
      // A task of a project, which not all who listen may see.
      if (entry.target_type === 'project') return [];
      const { target_id: id, mission_id, payload } = entry;
      const status = word(payload.to);
      return [
        ...lowConfidence(entry, payload.confidence, at),
        ...to(at.workspace, 'task.updated', 'missions:read', known({ id, mission_id, status })),
        ...to(at.mission, 'task.status', 'missions:read', known({ id, status })),
      ];
    },
    'task.confidence_low': ({ target_id: task_id, agent_id, mission_id }, at) =>
      to(at.workspace, 'confidence.low', 'missions:read', known({ task_id, agent_id, mission_id })),
  },
  audits: {
    mission({ target_id: id, crew_id, payload }, verb, at) {
      const status = word(payload.status);
      return [
        ...to(at.workspace, `mission.${verb}`, 'missions:read', known({ id, crew_id, status })),
        ...to(at.mission, `mission.${verb}`, 'missions:read', known({ id, status })),
      ];
    },
    task({ target_id: id, mission_id, payload }, verb, at) {
      const told = known({ id, mission_id, status: word(payload.status) });
      return [
        ...to(at.workspace, `task.${verb}`, 'missions:read', told),
        ...to(at.mission, `task.${verb}`, 'missions:read', told),
      ];
    },
  },
} satisfies EventRules<typeof missionEntries, typeof missionAudits>;
