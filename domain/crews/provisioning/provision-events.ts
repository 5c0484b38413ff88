import type { JournalEntry } from '../../kernel/journal/journal-entry.ts';
import type { JsonObject, JsonValue } from '../../kernel/json/json-value.ts';
import type { Channels, EventRules } from '../../kernel/realtime/event-rules.ts';
import { known, type RealtimeEvent, to, word } from '../../kernel/realtime/realtime-event.ts';
import { BUILD_STEPS } from './build-spec.ts';
import type { provisionEntries } from './provision-entries.ts';

type OfCrew = Pick<JournalEntry, 'crew_id'>;

/** A crew's image, on its way. */
function told(type: string, { crew_id }: OfCrew, at: Channels, payload: JsonObject): RealtimeEvent[] {
  return to(at.workspace, `provision.${type}`, 'crews:read', { ...known({ crew_id }), ...payload });
}

function count(value: JsonValue | undefined): number {
  return typeof value === 'number' ? value : 0;
}

function imageTag(value: JsonValue | undefined): string | null {
  return typeof value === 'string' && /^[a-z0-9-]{1,64}:[A-Za-z0-9_.-]{1,128}$/.test(value) ? value : null;
}

export const provisionEvents = {
  entries: {
    'provisioning.queued': (entry, at) => told('started', entry, at, { steps: [...BUILD_STEPS] }),
    'provisioning.building': (entry, at) => told('event', entry, at, { event: 'building' }),
    'provisioning.step': (entry, at) =>
      told('progress', entry, at, {
        step: count(entry.payload.step),
        total: count(entry.payload.total),
        message: BUILD_STEPS.find((step) => step === entry.payload.name) ?? '',
      }),
    'provisioning.complete': (entry, at) =>
      told('completed', entry, at, {
        cached_image: imageTag(entry.payload.cached_image),
        config_hash: word(entry.payload.config_hash),
      }),
    'provisioning.failed': (entry, at) => told('failed', entry, at, known({ error: word(entry.payload.error_code) })),
    'provisioning.cancelled': (entry, at) => told('event', entry, at, { event: 'cancelled' }),
  },
} satisfies EventRules<typeof provisionEntries>;

/** Says that a crew's provisioning has new lines of output, which its status shows. Of no entry, so nothing resumes it. */
export function provisionLogEvent(workspaceId: string, crewId: string): RealtimeEvent {
  const payload = { crew_id: crewId, event: 'log' };
  return { channel: `workspace:${workspaceId}`, type: 'provision.event', payload, scope: 'crews:read' };
}
