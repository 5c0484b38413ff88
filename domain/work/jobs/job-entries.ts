import { entryKind } from '../../kernel/journal/entry-kind.ts';

/**
 * What every entry of a job says: ids, enums and numbers. What it was asked for, and what came of it, is in its row.
 */
type OfJob = { readonly job_id: string; readonly kind: string; readonly generation: number };
type AtStep = { readonly step: string | null; readonly done: number; readonly total: number };

export const jobEntries = {
  'job.queued': entryKind<OfJob>(),
  'job.started': entryKind<OfJob & AtStep>(),
  'job.progress': entryKind<OfJob & AtStep>(),
  'job.waiting': entryKind<OfJob & AtStep>(),
  'job.resumed': entryKind<OfJob & AtStep>(),
  /** `error_code`: its time is up; without it somebody asked. */
  'job.cancelling': entryKind<OfJob & { readonly error_code: string | null }>(),
  'job.completed': entryKind<OfJob>(),
  'job.failed': entryKind<OfJob & { readonly error_code: string }>(),
  'job.cancelled': entryKind<OfJob>(),
};
