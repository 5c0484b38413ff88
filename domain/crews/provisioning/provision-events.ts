import type { JournalEntry } from '../../kernel/journal/journal-entry.ts';
import type { JsonObject, JsonValue } from '../../kernel/json/json-value.ts';
import type { Channels, EventRules } from '../../kernel/realtime/event-rules.ts';
import { known, type RealtimeEvent, to, word } from '../../kernel/realtime/realtime-event.ts';
import { jobEvent } from '../../kernel/jobs/job-event.ts';
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

/** The same as a job: its kind, what happened to it, and how it is. */
function asJob(at: Channels, id: JsonValue | undefined, type: string, status: string): RealtimeEvent[] {
  return jobEvent(at, type, { id, kind: 'provision', status });
}

export const provisionEvents = {
  entries: {
    'provisioning.queued': (entry, at) => [
      ...told('started', entry, at, { steps: [...BUILD_STEPS] }),
      ...asJob(at, entry.payload.job_id, 'queued', 'queued'),
    ],
    'provisioning.building': (entry, at) => [
      ...told('event', entry, at, { event: 'building' }),
      ...asJob(at, entry.payload.job_id, 'started', 'running'),
    ],
    'provisioning.step': (entry, at) => {
      const [step, total] = [count(entry.payload.step), count(entry.payload.total)];
      const message = BUILD_STEPS.find((name) => name === entry.payload.name) ?? '';
      const job = { id: entry.payload.job_id, kind: 'provision', status: 'running' };
      return [
        ...told('progress', entry, at, { step, total, message }),
        ...jobEvent(at, 'progress', job, { done: Math.max(0, step - 1), total }),
      ];
    },
    'provisioning.complete': (entry, at) => [
      ...told('completed', entry, at, {
        cached_image: imageTag(entry.payload.cached_image),
        config_hash: word(entry.payload.config_hash),
      }),
      ...asJob(at, entry.payload.job_id, 'completed', 'completed'),
    ],
    'provisioning.failed': (entry, at) => [
      ...told('failed', entry, at, known({ error: word(entry.payload.error_code) })),
      ...asJob(at, entry.payload.job_id, 'failed', 'failed'),
    ],
    'provisioning.cancelled': (entry, at) => [
      ...told('event', entry, at, { event: 'cancelled' }),
      ...asJob(at, entry.payload.job_id, 'cancelled', 'cancelled'),
    ],
  },
} satisfies EventRules<typeof provisionEntries>;

/**
 * Says that a crew's provisioning has new lines of output, which its status shows. Of no entry, so nothing resumes it.
 */
export function provisionLogEvent(workspaceId: string, crewId: string): RealtimeEvent {
  const payload = { crew_id: crewId, event: 'log' };
  return { channel: `workspace:${workspaceId}`, type: 'provision.event', payload, scope: 'crews:read' };
}
