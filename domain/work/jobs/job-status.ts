/** Where a job may be: docs/contracts/jobs.md, States. */
export const JOB_STATUSES = ['queued', 'running', 'waiting', 'cancelling', 'completed', 'failed', 'cancelled'] as const;
export type JobStatus = (typeof JOB_STATUSES)[number];

/**
 * A job whose workflow is that of another row may end at once from where it is: nothing of its own has to be undone.
 */
const NEXT: Readonly<Record<JobStatus, readonly JobStatus[]>> = {
  queued: ['running', 'completed', 'failed', 'cancelled'],
  running: ['waiting', 'cancelling', 'completed', 'failed', 'cancelled'],
  waiting: ['running', 'cancelling', 'completed', 'failed', 'cancelled'],
  cancelling: ['failed', 'cancelled'],
  completed: [],
  failed: [],
  cancelled: [],
};

/** The states that lead to `to`. */
export function statusesBefore(to: JobStatus): readonly JobStatus[] {
  return JOB_STATUSES.filter((from) => NEXT[from].includes(to));
}

/** Nothing of it goes on, and nothing changes it. */
export function isJobOver(status: JobStatus): boolean {
  return NEXT[status].length === 0;
}

/** Those that are not over. */
export const LIVE_JOB_STATUSES: readonly JobStatus[] = JOB_STATUSES.filter((status) => !isJobOver(status));

export const JOB_HEALTHS = ['ok', 'waiting', 'stalled', 'lost'] as const;
export type JobHealth = (typeof JOB_HEALTHS)[number];

/** Whoever works on a job says so more often than this. */
export const STALLED_AFTER_MS = 60_000;

/** How a job does, by what its row says: docs/contracts/jobs.md, Health. `silentMs`: since it was last heard of. */
export function jobHealth(job: {
  readonly status: JobStatus;
  readonly isLost: boolean;
  readonly silentMs: number;
}): JobHealth {
  if (isJobOver(job.status)) return 'ok';
  if (job.isLost) return 'lost';
  if (job.status === 'waiting') return 'waiting';
  return job.status !== 'queued' && job.silentMs > STALLED_AFTER_MS ? 'stalled' : 'ok';
}
