import { continueAsNew, workflowInfo } from '@temporalio/workflow';
import type { WorkflowAddress } from '../../../domain/kernel/outbox/outbox-command.ts';
import { openMailbox } from '../../kernel/mailbox.ts';
import { rows } from '../../kernel/row-activities.ts';
import { createStateDisplay } from '../../kernel/show-state.ts';
import { steerable } from '../../kernel/steerable.ts';

/**
 * A question to people, `escalation-<id>-<generation>`: expires it when their time is up. The deadline itself is a
 * column checked by every answer; this only makes expiry prompt.
 */
export async function escalationWorkflow(address: WorkflowAddress): Promise<void> {
  await steerable(
    () => rows.withdrawEscalation(address),
    () => driveEscalation(address),
  );
}

async function driveEscalation(address: WorkflowAddress): Promise<void> {
  const mailbox = openMailbox(address);
  const show = createStateDisplay();
  for (;;) {
    const step = await rows.advanceEscalation(mailbox.take());
    show({ status: step.status, crewId: step.crewId, missionId: step.missionId });
    if (step.kind === 'closed') return;
    if (mailbox.isEmpty && workflowInfo().continueAsNewSuggested)
      await continueAsNew<typeof escalationWorkflow>(address);
    await mailbox.wait(step.wakeInMs);
  }
}
