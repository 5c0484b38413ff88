import { CancelledFailure, Context } from '@temporalio/activity';
import { ApplicationFailure } from '@temporalio/common';
import { beatJob, type JobProgress, noteJobError } from '../../../commands/engine/jobs/job-work.ts';
import type { Database } from '../../../db/kernel/database.ts';
import type { WorkflowAddress } from '../../../domain/kernel/outbox/outbox-command.ts';

/** Temporal learns as often that this worker lives, and says as often that the activity is cancelled. */
const HEARTBEAT_MS = 2_000;
/** The job's row learns it; what there is to show does not wait so long. */
const BEAT_MS = 15_000;
const ELSEWHERE = 'the job is not at this step any more';

/** An activity on a job, as its work has it. */
export interface JobWork {
  /** The work is to stop: somebody cancels the job, its time is up, or another attempt has it. */
  readonly signal: AbortSignal;
  /** Shows how far the step is, within seconds. */
  report(progress: JobProgress): void;
}

/** Fails a job for good, for a reason that people may read. Anything else that an activity throws is tried again. */
export class JobError extends Error {
  readonly code: string;

  constructor(code: string, detail: string, options: { cause?: unknown } = {}) {
    super(detail, options);
    this.name = 'JobError';
    this.code = code;
  }
}

/**
 * Works on a job: says that somebody does, to Temporal and in the job's row, and stops when nobody may. The row is
 * asked too, so that a job that is cancelled while Temporal is away ends all the same. `undoing`: the job is to end,
 * and this is the work that its end takes.
 */
export async function whileAtWork<Result>(
  deps: { readonly db: Database },
  address: WorkflowAddress,
  work: (job: JobWork) => Promise<Result>,
  options: { readonly undoing?: boolean; readonly beatMs?: number } = {},
): Promise<Result> {
  const context = Context.current();
  const over = new AbortController();
  const signal = AbortSignal.any([context.cancellationSignal, over.signal]);
  const wanted = options.undoing === true ? ['cancelling'] : ['running', 'waiting'];
  let shown: JobProgress | undefined;
  let beatAtMs = Number.NEGATIVE_INFINITY;
  let beating = Promise.resolve();

  async function beat(): Promise<void> {
    const progress = shown ?? {};
    shown = undefined;
    beatAtMs = performance.now();
    const status = await beatJob(deps.db, address, progress);
    if (status === null || !wanted.includes(status)) over.abort(new Error(ELSEWHERE));
  }

  function tick(): void {
    context.heartbeat();
    if (shown === undefined && performance.now() - beatAtMs < (options.beatMs ?? BEAT_MS)) return;
    // A database that is away for a moment stops no work; the next beat says the same.
    beating = beating.then(() => beat().catch(() => {}));
  }

  const timer = setInterval(tick, HEARTBEAT_MS);
  try {
    await beat();
    signal.throwIfAborted();
    return await work({
      signal,
      report(progress) {
        shown = { ...shown, ...progress };
      },
    });
  } catch (error) {
    if (context.cancellationDetails?.cancelRequested === true) throw new CancelledFailure(ELSEWHERE);
    // The workflow does not know yet; it reads the row, and fails nothing that is elsewhere.
    if (over.signal.aborted) throw ApplicationFailure.nonRetryable('elsewhere', 'elsewhere');
    if (!(error instanceof JobError)) throw error;
    await noteJobError(deps.db, address, { code: error.code, detail: error.message });
    throw ApplicationFailure.nonRetryable(error.code, error.code);
  } finally {
    clearInterval(timer);
    await beating;
  }
}
