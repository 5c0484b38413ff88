import { continueAsNew, workflowInfo } from '@temporalio/workflow';
import type { WorkflowAddress } from '../../domain/kernel/outbox/outbox-command.ts';
import { openMailbox } from './mailbox.ts';
import { createStateDisplay } from './show-state.ts';

/** What a row that people answer says of itself. */
type DeadlineStep = {
  readonly status: string;
  readonly crewId: string | null;
  readonly missionId: string | null;
} & ({ readonly kind: 'closed' } | { readonly kind: 'waiting'; readonly wakeInMs: number });

/** Looks at a row when it is told to, and when its deadline comes, until it is closed. */
export async function keepDeadline(
  address: WorkflowAddress,
  advance: (address: WorkflowAddress) => Promise<DeadlineStep>,
): Promise<void> {
  const mailbox = openMailbox(address);
  const show = createStateDisplay();
  for (;;) {
    const step = await advance(mailbox.take());
    show({ status: step.status, crewId: step.crewId, missionId: step.missionId });
    if (step.kind === 'closed') return;
    if (mailbox.isEmpty && workflowInfo().continueAsNewSuggested) {
      await continueAsNew<(address: WorkflowAddress) => Promise<void>>(address);
    }
    await mailbox.wait(step.wakeInMs);
  }
}
