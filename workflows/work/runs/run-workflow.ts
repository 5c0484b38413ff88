import { CancellationScope, isCancellation, sleep } from '@temporalio/workflow';
import type { ExecuteRunResult } from '../../../activities/work/runs/run-host-activities.ts';
import type { WorkflowAddress } from '../../../domain/kernel/outbox/outbox-command.ts';
import { runActivities } from '../../kernel/host-activities.ts';
import { type Mailbox, openMailbox } from '../../kernel/mailbox.ts';
import { rows } from '../../kernel/row-activities.ts';
import { createStateDisplay } from '../../kernel/show-state.ts';
import { steerable } from '../../kernel/steerable.ts';

/** How long after an attempt's own deadline its host may stay silent before the row is settled without it. */
const HOST_SILENCE_MS = 60_000;

/** Before an attempt whose activity was lost is handed out again. */
const LOST_ACTIVITY_PAUSE_MS = 500;

/**
 * One attempt of an agent, `run-<attemptId>`: waits until its crew's container is up, hands the attempt to the crew's
 * host, passes a cancellation on, and gives up on a host that stays silent past the attempt's deadline. The host
 * settles the row; this only makes sure that somebody does.
 */
export async function runWorkflow(address: WorkflowAddress): Promise<void> {
  await steerable(
    () => rows.cancelRun(address),
    () => driveRun(address),
  );
}

async function driveRun(address: WorkflowAddress): Promise<void> {
  const mailbox = openMailbox(address);
  const show = createStateDisplay();
  for (;;) {
    const current = mailbox.take();
    const step = await rows.beginRun(current);
    show({ status: step.kind, crewId: step.crewId, missionId: step.missionId });
    if (step.kind === 'closed') return;
    if (step.kind === 'waiting') {
      await mailbox.wait(null);
      continue;
    }
    const result = await executeOnHost(current, mailbox, step);
    if (result === 'settled') return;
  }
}

/**
 * What became of the attempt: settled, or not started after all. When nothing is heard past its deadline, which moves
 * on by the time that it has waited for people, the row is
 * settled without the host, and the attempt stays handed to it: whenever it is back, it ends what is left of it.
 */
async function executeOnHost(
  address: WorkflowAddress,
  mailbox: Mailbox,
  step: { hostId: string; timeLeftMs: number; cancelRequested: boolean },
): Promise<ExecuteRunResult> {
  let limitMs = step.timeLeftMs + HOST_SILENCE_MS;
  const attempt = new CancellationScope();
  const execution = attempt
    .run(() => runActivities(step.hostId, { startToCloseMs: limitMs }).executeRun(address))
    .catch(async (error: unknown): Promise<ExecuteRunResult> => {
      // Cancelled before any worker took it: nothing was started by this try. Or its worker died after the cancellation
      // was passed on, in which case the server does not try again by itself. Either way the row says what to do next.
      if (!isCancellation(error)) await sleep(LOST_ACTIVITY_PAUSE_MS);
      return 'not-started';
    });
  for (;;) {
    const result = await heardWithin(limitMs, execution, mailbox, attempt);
    if (result !== 'host-silent') return result;
    const leftMs = await rows.abandonRun(address);
    if (typeof leftMs !== 'number') return execution;
    limitMs = leftMs + HOST_SILENCE_MS;
  }
}

async function heardWithin(
  limitMs: number,
  execution: Promise<ExecuteRunResult>,
  mailbox: Mailbox,
  attempt: CancellationScope,
): Promise<ExecuteRunResult | 'host-silent'> {
  const watch = new CancellationScope();
  const silence = watch
    .run(() => sleep(limitMs))
    .then(
      () => 'host-silent' as const,
      () => 'host-silent' as const,
    );
  // A cancellation that the row already holds is the host's to see: it may have to end a process first.
  const cancellation = watch.run(() => cancelWhenAsked(mailbox, attempt)).catch(() => {});
  const result = await Promise.race([execution, silence]);
  watch.cancel();
  await cancellation;
  return result;
}

async function cancelWhenAsked(mailbox: Mailbox, attempt: CancellationScope): Promise<void> {
  for (;;) {
    await mailbox.wait(null);
    const step = await rows.beginRun(mailbox.take());
    if (step.kind === 'closed') return;
    if (step.kind === 'execute' && step.cancelRequested) {
      attempt.cancel();
      return;
    }
  }
}
