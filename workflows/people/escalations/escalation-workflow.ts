import type { WorkflowAddress } from '../../../domain/kernel/outbox/outbox-command.ts';
import { keepDeadline } from '../../kernel/keep-deadline.ts';
import { rows } from '../../kernel/row-activities.ts';
import { steerable } from '../../kernel/steerable.ts';

/**
 * A question to people, `escalation-<id>-<generation>`: expires it when their time is up. The deadline itself is a
 * column checked by every answer; this only makes expiry prompt.
 */
export async function escalationWorkflow(address: WorkflowAddress): Promise<void> {
  await steerable(
    () => rows.withdrawEscalation(address),
    () => keepDeadline(address, (current) => rows.advanceEscalation(current)),
  );
}
