import { CrewshipError } from '../../../domain/kernel/errors/crewship-error.ts';
import type { ReviewStatus } from '../../../domain/work/tasks/managed-task.ts';
import { sql } from '../../../db/kernel/sql.ts';
import type { Tx } from '../../../db/kernel/transaction.ts';

/** Who blocked a review ends the block by deciding, or an OWNER or ADMIN does. Throws `conflict`. */
export async function refuseBlockedReview(
  tx: Tx,
  task: { readonly workspace_id: string; readonly review_status: ReviewStatus; readonly review_by: string | null },
  userId: string | null,
): Promise<void> {
  if (task.review_status !== 'blocked' || (userId !== null && task.review_by === userId)) return;
  const admin = await tx.maybeOne(sql`
    SELECT 1 FROM memberships WHERE workspace_id = ${task.workspace_id} AND user_id = ${userId}
      AND role IN ('OWNER', 'ADMIN') AND disabled_at IS NULL`);
  if (admin !== null) return;
  throw new CrewshipError('conflict', 'the review is blocked; who blocked it decides, or an ADMIN', {
    extensions: { reason: 'review_blocked' },
  });
}
