import type { WorkflowAddress } from '../../../domain/kernel/outbox/outbox-command.ts';
import { keepDeadline } from '../../kernel/keep-deadline.ts';
import { rows } from '../../kernel/row-activities.ts';
import { steerable } from '../../kernel/steerable.ts';

/**
 * What an agent asks people to allow, `approval-<id>-<generation>`: ends it when their time is up. The deadline itself
 * is a column checked by every decision; this only makes its end prompt.
 */
export async function approvalWorkflow(address: WorkflowAddress): Promise<void> {
  await steerable(
    () => rows.withdrawApproval(address),
    () => keepDeadline(address, (current) => rows.advanceApproval(current)),
  );
}
