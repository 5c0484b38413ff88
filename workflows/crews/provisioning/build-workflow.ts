import { CancellationScope, continueAsNew, isCancellation, sleep, workflowInfo } from '@temporalio/workflow';
import type { BuildHostActivities } from '../../../activities/crews/provisioning/build-activities.ts';
import type { WorkflowAddress } from '../../../domain/kernel/outbox/outbox-command.ts';
import type { BuildStep } from '../../../domain/crews/provisioning/build-spec.ts';
import { buildActivities, hostActivities } from '../../kernel/host-activities.ts';
import { type Mailbox, openMailbox } from '../../kernel/mailbox.ts';
import { rows } from '../../kernel/row-activities.ts';
import { createStateDisplay } from '../../kernel/show-state.ts';
import { steerable } from '../../kernel/steerable.ts';

/** Before a step whose activity was lost is handed out again. */
const LOST_ACTIVITY_PAUSE_MS = 500;

const ACTIVITY_OF: Readonly<Record<BuildStep, keyof BuildHostActivities>> = {
  validate: 'validateBuild',
  'pull-base': 'pullBase',
  'install-features': 'installFeatures',
  'install-mise': 'installMise',
  snapshot: 'snapshotBuild',
  tag: 'tagBuild',
};

/**
 * One build of an image on a host, `build-<hostId>-<hash>-<n>`: hands its steps to the host one after the other, stops
 * the one under way when nobody follows the build any more or its time is up, and has everything removed that it left,
 * however it ends. What was done, and what is to be removed, is in its row; the host writes it.
 */
export async function buildWorkflow(address: WorkflowAddress): Promise<void> {
  await steerable(
    () => rows.cancelBuild(address),
    () => driveBuild(address),
  );
}

async function driveBuild(address: WorkflowAddress): Promise<void> {
  const mailbox = openMailbox(address);
  const show = createStateDisplay();
  for (;;) {
    const step = await rows.advanceBuild(mailbox.take());
    show({ status: step.kind === 'build' ? step.step : step.kind, n: address.generation });
    switch (step.kind) {
      case 'closed':
        return;
      case 'clean':
        await hostActivities(step.hostId).cleanBuild(address);
        break;
      case 'build':
        await takeStep(address, mailbox, step);
        if (mailbox.isEmpty && workflowInfo().continueAsNewSuggested)
          await continueAsNew<typeof buildWorkflow>(address);
    }
  }
}

/** Whatever becomes of the step, the row says what is next. */
async function takeStep(
  address: WorkflowAddress,
  mailbox: Mailbox,
  step: { hostId: string; step: BuildStep; timeLeftMs: number },
): Promise<void> {
  const taking = new CancellationScope();
  const watching = new CancellationScope();
  const taken = taking
    .run(() => buildActivities(step.hostId, step)[ACTIVITY_OF[step.step]](address))
    .catch(async (error: unknown) => {
      // The worker died after a cancellation was passed on, in which case the server does not try again by itself.
      if (!isCancellation(error)) await sleep(LOST_ACTIVITY_PAUSE_MS);
    });
  const watched = watching
    .run(async () => {
      await untilElsewhere(mailbox, step);
      taking.cancel();
    })
    .catch(() => {});
  await taken;
  watching.cancel();
  await watched;
}

/** Resolves when the build's row is not at this step any more: it is over, or the host has gone on. */
async function untilElsewhere(mailbox: Mailbox, step: { step: BuildStep; timeLeftMs: number }): Promise<void> {
  for (let leftMs = step.timeLeftMs; ; ) {
    await mailbox.wait(leftMs);
    const now = await rows.advanceBuild(mailbox.take());
    if (now.kind !== 'build' || now.step !== step.step) return;
    leftMs = now.timeLeftMs;
  }
}
