import type { Actor } from '../../../domain/kernel/access/authority.ts';
import { wrongState } from '../../../domain/kernel/errors/crewship-error.ts';
import type { JobRow } from '../../../domain/work/jobs/job.ts';
import { requestRunCancel } from '../runs/cancel-run.ts';
import { lockLiveRunOfJob, settleLockedRun } from '../runs/settle-run.ts';
import { moveJob } from '../jobs/move-job.ts';
import { findJob } from '../../../db/work/jobs/job-row.ts';
import { sql } from '../../../db/kernel/sql.ts';
import type { Tx } from '../../../db/kernel/transaction.ts';

/**
 * Asks a turn to end. One whose attempt has no process yet is over at once: who starts one looks at the row first. Of
 * any other the job is `cancelling` until its process is gone. Asking again changes nothing. Throws `wrong_state` for
 * one that is over.
 */
export async function cancelTurn(tx: Tx, job: JobRow, actor: Actor, reason: string | null = null): Promise<void> {
  // The newest attempt is the one that goes on. It is locked before the job and the chat.
  const locked = await lockLiveRunOfJob(tx, job.id);
  if (locked === null) {
    const now = await findJob(tx, job.id);
    throw wrongState('job', now?.status ?? job.status);
  }
  const { status } = locked.run;
  await requestRunCancel(tx, locked.run.id, actor);
  if (status === 'QUEUED') return;
  if (status === 'ADMITTED') {
    await settleLockedRun(tx, locked.run, locked.mission, { outcome: { kind: 'cancelled' } });
    return;
  }
  await moveJob(tx, job.id, {
    to: 'cancelling',
    event: 'cancelling',
    actor,
    message: reason,
    set: [sql.fragment`cancel_requested_at = clock_timestamp()`],
  });
}
