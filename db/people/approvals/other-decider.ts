import { sql } from '../../kernel/sql.ts';
import { authorsOf } from '../../work/runs/turn-authors.ts';
import type { Tx } from '../../kernel/transaction.ts';

/** Whether somebody may decide besides those that the run works for. */
export async function hasOtherDecider(
  tx: Tx,
  asked: {
    readonly workspace_id: string;
    readonly run_id: string | null;
    readonly acts_for_user_id: string | null;
  },
): Promise<boolean> {
  const other = await tx.maybeOne(sql`
    SELECT 1 FROM memberships
    WHERE workspace_id = ${asked.workspace_id} AND role IN ('OWNER', 'ADMIN') AND disabled_at IS NULL
      AND user_id IS DISTINCT FROM ${asked.acts_for_user_id} AND user_id NOT IN (${authorsOf(asked.run_id)}) LIMIT 1`);
  return other !== null;
}
