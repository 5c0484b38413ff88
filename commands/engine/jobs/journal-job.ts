import type { Actor } from '../../../domain/kernel/access/authority.ts';
import type { JobEventType, JobRow } from '../../../domain/work/jobs/job.ts';
import type { Tx } from '../../../db/kernel/transaction.ts';

/** `job.*`: the entry of a job's last event. Its number makes the transition's id, so that it is committed once. */
export function journalJob(tx: Tx, job: JobRow, { event, actor }: { event: JobEventType; actor: Actor }): void {
  // The workflow that moves these has entries of its own, which sockets hear as both.
  if (job.driver === 'own') return;
  const frame = {
    transitionId: `job-${job.id}:${job.event_seq}`,
    actor,
    workspaceId: job.workspace_id,
    targetType: 'job',
    targetId: job.id,
    summary: `job ${job.kind} ${event}`,
  };
  const payload = { job_id: job.id, kind: job.kind, generation: job.generation };
  const at = { ...payload, step: job.step, done: job.progress_step, total: job.progress_total };
  switch (event) {
    case 'queued':
    case 'completed':
    case 'cancelled':
      tx.journal({ ...frame, type: `job.${event}`, severity: 'notice', payload });
      return;
    case 'started':
    case 'progress':
    case 'waiting':
    case 'resumed':
      tx.journal({ ...frame, type: `job.${event}`, severity: 'info', payload: at });
      return;
    case 'cancelling':
      tx.journal({
        ...frame,
        type: 'job.cancelling',
        severity: 'notice',
        payload: { ...payload, error_code: job.error_code },
      });
      return;
    case 'failed':
      tx.journal({
        ...frame,
        type: 'job.failed',
        severity: 'warn',
        payload: { ...payload, error_code: job.error_code ?? 'failed' },
      });
      return;
    case 'lost':
      // Whoever found it has an entry of that: `reconcile.repaired`.
      return;
  }
}
