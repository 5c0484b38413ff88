import { advanceApproval, withdrawApprovalOf } from '../../../commands/engine/approvals/end-approval.ts';
import type { Database } from '../../../db/kernel/database.ts';
import type { WorkflowAddress } from '../../../domain/kernel/outbox/outbox-command.ts';

/** The approval workflow's steps on its row: end it when its time is up, or say when that is. */
export function createApprovalRowActivities(deps: { readonly db: Database }) {
  return {
    advanceApproval: (address: WorkflowAddress) => advanceApproval(deps.db, address),
    withdrawApproval: (address: WorkflowAddress) => withdrawApprovalOf(deps.db, address),
  };
}
