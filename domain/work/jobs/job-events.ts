import { jobEvent } from '../../kernel/jobs/job-event.ts';
import type { EventRule, EventRules } from '../../kernel/realtime/event-rules.ts';
import type { jobEntries } from './job-entries.ts';
import type { JobStatus } from './job-status.ts';

type Facts = { readonly job_id: string; readonly kind: string; readonly done: number; readonly total: number };

/** A job that has this status now. */
function jobIs(status: JobStatus): EventRule<Facts> {
  return (entry, at) => {
    const { job_id: id, kind, done, total } = entry.payload;
    return jobEvent(at, entry.entry_type.slice('job.'.length), { id, kind, status }, { done, total });
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
