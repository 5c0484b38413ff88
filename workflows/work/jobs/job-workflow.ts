import {
  ActivityFailure,
  ApplicationFailure,
  CancellationScope,
  continueAsNew,
  isCancellation,
  TemporalFailure,
  workflowInfo,
} from '@temporalio/workflow';
import type { WorkflowAddress } from '../../../domain/kernel/outbox/outbox-command.ts';
import type { JobWorkflowStep } from '../../../domain/work/jobs/job-step.ts';
import { type Mailbox, openMailbox } from '../../kernel/mailbox.ts';
import { rows } from '../../kernel/row-activities.ts';
import { createStateDisplay } from '../../kernel/show-state.ts';
import { steerable } from '../../kernel/steerable.ts';
import { jobAtStep, type JobProgram } from './job-program.ts';

type JobWorkflow = (address: WorkflowAddress) => Promise<void>;
type JobPrograms = Readonly<Record<string, JobProgram>>;
type NextStep = Extract<JobWorkflowStep, { kind: 'step' }>;

/** How long one activity of an undoing may take. */
const UNDO_MS = 3_600_000;

/**
 * The workflow of every job, `job-<id>-<generation>`: takes the steps of its kind's program, in their order, and undoes
 * what they left when the job is to end. Its row says which step is next, whether somebody cancels, and what the time
 * is; the workflow holds none of that, so it continues as new at any step, and another generation of it goes on from
 * there.
 */
export function createJobWorkflow(programs: JobPrograms): JobWorkflow {
  return async function jobWorkflow(address) {
    await steerable(
      () => rows.cancelJob(address),
      () => driveJob(address, programs),
    );
  };
}

async function driveJob(address: WorkflowAddress, programs: JobPrograms): Promise<void> {
  const mailbox = openMailbox(address);
  const show = createStateDisplay();
  for (;;) {
    const next = await rows.advanceJob(mailbox.take());
    show({
      status: next.status,
      generation: address.generation,
      ...('jobKind' in next ? { job: next.jobKind } : {}),
      ...(next.kind === 'step' ? { step: next.step } : {}),
    });
    let waitMs = 0;
    switch (next.kind) {
      case 'closed':
        return;
      case 'later':
        waitMs = next.wakeInMs;
        break;
      case 'step': {
        const outcome = await takeStep(address, mailbox, next, programOf(programs, next.jobKind));
        if (outcome === 'wait') waitMs = next.timeLeftMs;
        break;
      }
      case 'undo':
        await rows.endJob(address, await undo(address, programs[next.jobKind]));
    }
    if (mailbox.isEmpty && workflowInfo().continueAsNewSuggested) await continueAsNew<JobWorkflow>(address);
    await mailbox.wait(waitMs);
  }
}

/** A worker of a release without it fails the task, not the job: one that has it is given the task. */
function programOf(programs: JobPrograms, kind: string): JobProgram {
  const program = programs[kind];
  if (program === undefined) throw new Error(`this worker has no program for jobs of the kind ${kind}`);
  return program;
}

/**
 * Takes one step, and stops it when the job's row is elsewhere: somebody cancels, its time is up, or it has another
 * generation. Whatever becomes of the step, the row says what is next. `wait`: nothing is, until the job is told.
 */
async function takeStep(
  address: WorkflowAddress,
  mailbox: Mailbox,
  { step, timeLeftMs }: NextStep,
  program: JobProgram,
): Promise<'wait' | undefined> {
  const take = program.steps[step];
  if (take === undefined) throw new Error(`this worker’s program has no step ${step}`);
  const taking = new CancellationScope();
  const watching = new CancellationScope();
  // Of what the step may have looked for too soon.
  let told = false;
  const watched = watching
    .run(async () => {
      await untilElsewhere(mailbox, step, timeLeftMs, () => {
        told = true;
      });
      taking.cancel();
    })
    .catch(ignoreCancellation);
  try {
    const outcome = (await taking.run(() => take(jobAtStep(address, timeLeftMs)))) ?? 'done';
    await rows.finishJobStep(address, step, outcome);
    return outcome === 'wait' && !told ? outcome : undefined;
  } catch (error) {
    // Anything but a failure of an activity is a fault of the program: Temporal takes the task again, until it is
    // mended.
    if (!(error instanceof TemporalFailure)) throw error;
    if (!isCancellation(error)) await rows.failJob(address, step, codeOf(error));
    return undefined;
  } finally {
    watching.cancel();
    await watched;
  }
}

/** Resolves when the job's row is not at this step any more. `onTold`: the job was told of something meanwhile. */
async function untilElsewhere(mailbox: Mailbox, step: string, timeLeftMs: number, onTold: () => void): Promise<void> {
  for (let leftMs = timeLeftMs; ; ) {
    await mailbox.wait(leftMs);
    if (!mailbox.isEmpty) onTold();
    const now = await rows.advanceJob(mailbox.take());
    if (now.kind !== 'step' || now.step !== step) return;
    leftMs = now.timeLeftMs;
  }
}

/** False: something that a step has left could not be removed. */
async function undo(address: WorkflowAddress, program: JobProgram | undefined): Promise<boolean> {
  try {
    await program?.undo?.(jobAtStep(address, UNDO_MS));
    return true;
  } catch (error) {
    if (!(error instanceof TemporalFailure)) throw error;
    return false;
  }
}

/** What an activity was failed with, or how Temporal ended it. */
function codeOf(failure: TemporalFailure): string {
  const cause = failure instanceof ActivityFailure ? failure.cause : failure;
  if (cause instanceof ApplicationFailure && cause.type != null) return cause.type.slice(0, 64);
  return 'step_lost';
}

function ignoreCancellation(error: unknown): void {
  if (!isCancellation(error)) throw error;
}
