import type { Actor } from '../../../domain/kernel/access/authority.ts';
import { notFound, wrongState } from '../../../domain/kernel/errors/crewship-error.ts';
import type { JobRow } from '../../../domain/work/jobs/job.ts';
import { isJobOver } from '../../../domain/work/jobs/job-status.ts';
import { findJob, lockJob } from '../../../db/work/jobs/job-row.ts';
import { sql } from '../../../db/kernel/sql.ts';
import type { Tx } from '../../../db/kernel/transaction.ts';
import { moveJob } from './move-job.ts';
import { tellJob } from './tell-job.ts';

/**
 * Asks for a job's end. One that has not begun is over at once; one that is under way is `cancelling` until nothing of
 * it goes on, and its workflow is told. Asking again changes nothing. One that another row's workflow moves ends as its
 * family says. Throws `not_found`, and `wrong_state` for one that is over.
 */
export async function cancelJob(
  tx: Tx,
  id: string,
  request: { readonly actor: Actor; readonly reason: string | null },
): Promise<JobRow> {
  const known = await findJob(tx, id);
  if (known === null) throw notFound('job');
  const own = tx.effects.jobs[known.kind]?.cancel;
  if (known.driver === 'own' && own !== undefined) {
    if (isJobOver(known.status)) throw wrongState('job', known.status);
    await own(tx, known, request.actor);
  } else await askForEnd(tx, id, request);
  const now = await findJob(tx, id);
  if (now === null) throw notFound('job');
  return now;
}

async function askForEnd(
  tx: Tx,
  id: string,
  { actor, reason }: { readonly actor: Actor; readonly reason: string | null },
): Promise<void> {
  const job = await lockJob(tx, id);
  if (job === null) throw notFound('job');
  if (isJobOver(job.status)) throw wrongState('job', job.status);
  if (job.status === 'cancelling') return;
  const to = job.status === 'queued' ? 'cancelled' : 'cancelling';
  await moveJob(tx, id, {
    to,
    event: to,
    actor,
    message: reason,
    set: [sql.fragment`cancel_requested_at = clock_timestamp(), error_code = NULL, error_message = NULL`],
  });
  tellJob(tx, job);
}
