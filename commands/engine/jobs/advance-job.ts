import { orchestratorActor } from '../../../domain/kernel/access/authority.ts';
import { CrewshipError } from '../../../domain/kernel/errors/crewship-error.ts';
import type { WorkflowAddress } from '../../../domain/kernel/outbox/outbox-command.ts';
import { DEADLINE_PASSED } from '../../../domain/work/jobs/job.ts';
import type { JobWorkflowStep, StepOutcome } from '../../../domain/work/jobs/job-step.ts';
import type { JobRegistry, RegisteredJobKind } from '../../../domain/work/jobs/job-registry.ts';
import { isJobOver, type JobStatus } from '../../../domain/work/jobs/job-status.ts';
import { workflowScope, type Database } from '../../../db/kernel/database.ts';
import { sql } from '../../../db/kernel/sql.ts';
import type { Tx } from '../../../db/kernel/transaction.ts';
import { type LockedJob, lockJob } from '../../../db/work/jobs/job-row.ts';
import { moveJob } from './move-job.ts';

const TIME_IS_UP = 'not done in the time that it had';
/** Every job that has a workflow has a deadline; one without it is looked at once a day. */
const LOOK_AGAIN_MS = 86_400_000;

/**
 * One step of a job's workflow: begins the job when its time has come, ends it when its time is up by the database's
 * clock, and says what is to be done. It is also a sign of life.
 */
export async function advanceJob(
  db: Database,
  kinds: Pick<JobRegistry, 'find'>,
  address: WorkflowAddress,
): Promise<JobWorkflowStep> {
  return db.transaction(workflowScope(address), async (tx): Promise<JobWorkflowStep> => {
    const job = await lockJob(tx, address.id);
    if (job === null) return { kind: 'closed', status: 'gone' };
    if (job.generation !== address.generation || isJobOver(job.status)) return { kind: 'closed', status: job.status };
    if (job.status === 'cancelling') {
      await beat(tx, job);
      return { kind: 'undo', status: 'cancelling', jobKind: job.kind };
    }
    if (job.left_ms !== null && job.left_ms <= 0) return expire(tx, job);
    if (job.due_in_ms > 0) {
      return { kind: 'later', status: job.status, jobKind: job.kind, wakeInMs: job.due_in_ms };
    }
    const { steps } = kindOf(kinds, job.kind);
    const step = job.step ?? steps[0]!;
    const timeLeftMs = job.left_ms ?? LOOK_AGAIN_MS;
    if (job.status !== 'queued') {
      await beat(tx, job);
      return { kind: 'step', status: job.status, jobKind: job.kind, step, timeLeftMs };
    }
    await move(tx, job, 'running', 'started', { step, done: 0 });
    return { kind: 'step', status: 'running', jobKind: job.kind, step, timeLeftMs };
  });
}

/** Nothing of one that has not begun is to be undone. */
async function expire(tx: Tx, job: LockedJob): Promise<JobWorkflowStep> {
  const to = job.status === 'queued' ? 'failed' : 'cancelling';
  await moveJob(tx, job.id, {
    to,
    event: to,
    actor: orchestratorActor(),
    message: TIME_IS_UP,
    data: { error_code: DEADLINE_PASSED },
    set: [sql.fragment`error_code = ${DEADLINE_PASSED}, error_message = ${TIME_IS_UP}`],
  });
  if (to === 'failed') return { kind: 'closed', status: to };
  return { kind: 'undo', status: to, jobKind: job.kind };
}

/**
 * A step has ended, and the job goes on to the next one, waits, or is completed by the last one: with the result that
 * its steps have stored, where that is one of its kind. A job that is elsewhere by now stays there.
 */
export async function finishJobStep(
  db: Database,
  kinds: Pick<JobRegistry, 'find'>,
  address: WorkflowAddress,
  step: string,
  outcome: StepOutcome,
): Promise<void> {
  await db.transaction(workflowScope(address), async (tx) => {
    const job = await lockAtWork(tx, address);
    if (job === null || job.step !== step) return;
    // The job's workflow looks again and ends it.
    if (job.left_ms !== null && job.left_ms <= 0) return;
    if (outcome === 'wait') {
      if (job.status === 'running') await move(tx, job, 'waiting', 'waiting');
      return;
    }
    if (job.status === 'waiting') await move(tx, job, 'running', 'resumed');
    else await beat(tx, job);
    if (outcome === 'again') return;
    const kind = kindOf(kinds, job.kind);
    const done = kind.steps.indexOf(step) + 1;
    const next = kind.steps[done];
    if (next !== undefined) await move(tx, job, 'running', 'progress', { step: next, done });
    else await complete(tx, job, kind);
  });
}

async function complete(tx: Tx, job: LockedJob, kind: RegisteredJobKind): Promise<void> {
  if (!kind.result.safeParse(job.result ?? {}).success) {
    return fail(tx, job, { code: 'result_invalid', message: 'its steps left no result of its kind' });
  }
  await moveJob(tx, job.id, {
    to: 'completed',
    event: 'completed',
    actor: orchestratorActor(),
    set: [
      sql.fragment`progress_step = progress_total, result = coalesce(result, '{}'), error_code = NULL,
        error_message = NULL`,
    ],
  });
}

/** A step failed for good. What it noted of the reason is kept, else its code alone. */
export async function failJob(db: Database, address: WorkflowAddress, step: string, code: string): Promise<void> {
  await db.transaction(workflowScope(address), async (tx) => {
    const job = await lockAtWork(tx, address);
    if (job !== null && job.step === step) await fail(tx, job, { code });
  });
}

async function fail(tx: Tx, job: LockedJob, error: { code: string; message?: string }): Promise<void> {
  const noted = error.message ?? null;
  await moveJob(tx, job.id, {
    to: 'failed',
    event: 'failed',
    actor: orchestratorActor(),
    message: noted,
    data: { error_code: error.code, step: job.step },
    set: [
      sql.fragment`error_message = coalesce(${noted}, CASE WHEN error_code = ${error.code} THEN error_message END),
        error_code = ${error.code}`,
    ],
  });
}

/** Nothing of a job that is to end goes on any more. `undone` false: something of it could not be undone. */
export async function endJob(db: Database, address: WorkflowAddress, undone: boolean): Promise<void> {
  await db.transaction(workflowScope(address), async (tx) => {
    const job = await lockJob(tx, address.id);
    if (job === null || job.generation !== address.generation || job.status !== 'cancelling') return;
    const code = undone ? job.error_code : 'undo_failed';
    const to = code === null ? 'cancelled' : 'failed';
    await moveJob(tx, job.id, {
      to,
      event: to,
      actor: orchestratorActor(),
      ...(code === null ? {} : { data: { error_code: code }, set: [sql.fragment`error_code = ${code}`] }),
    });
  });
}

/** The job, while its workflow may work on it. */
async function lockAtWork(tx: Tx, address: WorkflowAddress): Promise<LockedJob | null> {
  const job = await lockJob(tx, address.id);
  const atWork = job?.generation === address.generation && (job.status === 'running' || job.status === 'waiting');
  return atWork ? job : null;
}

async function move(
  tx: Tx,
  job: LockedJob,
  to: JobStatus,
  event: 'started' | 'progress' | 'waiting' | 'resumed',
  at?: { readonly step: string; readonly done: number },
): Promise<void> {
  await moveJob(tx, job.id, {
    to,
    event,
    actor: orchestratorActor(),
    data: { step: at?.step ?? job.step },
    set:
      at === undefined
        ? []
        : [
            sql.fragment`step = ${at.step}, progress_step = ${at.done}, progress_percent = NULL,
              progress_message = NULL, error_code = NULL, error_message = NULL`,
          ],
  });
}

async function beat(tx: Tx, job: LockedJob): Promise<void> {
  await tx.execute(sql`UPDATE jobs SET heartbeat_at = clock_timestamp(), lost_at = NULL WHERE id = ${job.id}`);
}

function kindOf(kinds: Pick<JobRegistry, 'find'>, name: string): RegisteredJobKind {
  const kind = kinds.find(name);
  // A worker of an older release: one that knows the kind is asked when this one has tried for long enough.
  if (kind === undefined) throw new CrewshipError('internal', `this worker does not know jobs of the kind ${name}`);
  return kind;
}
