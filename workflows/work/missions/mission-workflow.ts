import { continueAsNew, workflowInfo } from '@temporalio/workflow';
import type { WorkflowAddress } from '../../../domain/kernel/outbox/outbox-command.ts';
import { openMailbox } from '../../kernel/mailbox.ts';
import { rows } from '../../kernel/row-activities.ts';
import { createStateDisplay } from '../../kernel/show-state.ts';
import { steerable } from '../../kernel/steerable.ts';

/**
 * One generation of a mission, `mission-<id>-<generation>`. Each step is one transaction that reads the mission's rows
 * and dispatches, retries or settles; in between it waits to be told of a change or for its next deadline. It holds no
 * state of its own, so it may continue as new at any moment, and closes when its row is settled or has a newer
 * generation.
 */
export async function missionWorkflow(address: WorkflowAddress): Promise<void> {
  await steerable(
    () => rows.cancelMission(address),
    () => driveMission(address),
  );
}

async function driveMission(address: WorkflowAddress): Promise<void> {
  const mailbox = openMailbox(address);
  const show = createStateDisplay();
  for (;;) {
    const step = await rows.advanceMission(mailbox.take());
    show({
      status: step.status,
      missionId: address.id,
      crewId: step.crewId,
      generation: address.generation,
      ...step.tasks,
    });
    if (step.kind === 'closed') return;
    if (mailbox.isEmpty && workflowInfo().continueAsNewSuggested) await continueAsNew<typeof missionWorkflow>(address);
    await mailbox.wait(step.wakeInMs);
  }
}
