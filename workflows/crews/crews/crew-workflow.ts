import { continueAsNew, workflowInfo } from '@temporalio/workflow';
import type { WorkflowAddress } from '../../../domain/kernel/outbox/outbox-command.ts';
import { hostActivities } from '../../kernel/host-activities.ts';
import { openMailbox } from '../../kernel/mailbox.ts';
import { rows } from '../../kernel/row-activities.ts';
import { createStateDisplay } from '../../kernel/show-state.ts';
import { steerable } from '../../kernel/steerable.ts';

/**
 * One generation of a crew's container, `crew-<id>-<generation>`: brings it up, keeps its sidecar running, takes it
 * down when idle. It alone creates the container; whoever needs one asks through the row.
 */
export async function crewWorkflow(address: WorkflowAddress): Promise<void> {
  // A container is not cancelled by hand: its runs are, and then it stops for being idle.
  await steerable(
    () => Promise.resolve(),
    () => driveCrew(address),
  );
}

async function driveCrew(address: WorkflowAddress): Promise<void> {
  const mailbox = openMailbox(address);
  const show = createStateDisplay();
  for (;;) {
    const step = await rows.advanceCrew(mailbox.take());
    show({ status: step.kind, crewId: address.id, generation: address.generation });
    switch (step.kind) {
      case 'closed':
        return;
      case 'start':
        // Ends with the row `running` or `error`; either way the next step reads it.
        await hostActivities(step.hostId).startCrew(address);
        break;
      case 'restart-sidecar':
        await hostActivities(step.hostId).restartSidecar(address);
        break;
      case 'remove':
        await hostActivities(step.hostId).removeCrew(address);
        return;
      case 'waiting':
        if (mailbox.isEmpty && workflowInfo().continueAsNewSuggested) await continueAsNew<typeof crewWorkflow>(address);
        await mailbox.wait(step.wakeInMs);
    }
  }
}
