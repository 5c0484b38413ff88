import type { EventRule, EventRules } from '../../kernel/realtime/event-rules.ts';
import { known, to, word } from '../../kernel/realtime/realtime-event.ts';
import type { JsonValue } from '../../kernel/json/json-value.ts';
import type { jobEntries } from './job-entries.ts';
import type { JobStatus } from './job-status.ts';

type Facts = { readonly job_id: string; readonly kind: string; readonly done: number; readonly total: number };

/** Names of kinds have a dot. */
function kindName(value: JsonValue | undefined): string | null {
  return typeof value === 'string' && /^[a-z0-9._-]{1,64}$/.test(value) ? value : null;
}

function count(value: JsonValue | undefined): number | null {
  return typeof value === 'number' ? value : null;
}

/** A job that has this status now: clients read its row. */
function jobIs(status: JobStatus): EventRule<Facts> {
  return (entry, at) => {
    const { job_id: id, kind, done, total } = entry.payload;
    const counted = [count(done), count(total)];
    return to(at.workspace, entry.entry_type, 'jobs:read', {
      ...known({ id: word(id), kind: kindName(kind), status }),
      ...(counted[0] === null || counted[1] === null ? {} : { done: counted[0]!, total: counted[1]! }),
    });
  };
}

export const jobEvents = {
  entries: {
    'job.queued': jobIs('queued'),
    'job.started': jobIs('running'),
    'job.progress': jobIs('running'),
    'job.waiting': jobIs('waiting'),
    'job.resumed': jobIs('running'),
    'job.cancelling': jobIs('cancelling'),
    'job.completed': jobIs('completed'),
    'job.failed': jobIs('failed'),
    'job.cancelled': jobIs('cancelled'),
  },
} satisfies EventRules<typeof jobEntries>;
