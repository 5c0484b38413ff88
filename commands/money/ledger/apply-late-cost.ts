import { workflowScope, type Database } from '../../../db/kernel/database.ts';
import { sql } from '../../../db/kernel/sql.ts';
import { lockRun } from '../../engine/runs/settle-run.ts';
import { addLateCost, type RunCost } from '../../engine/runs/run-costs.ts';
import type { LateRun } from '../../../db/money/ledger/find-late-runs.ts';

/**
 * Applies to an ended run, its task and its mission the difference between what the ledger says and what was applied
 * before. Also where the run's own report was applied: the first call in the ledger replaces it. Repeating it does
 * nothing.
 */
export async function applyLateCost(db: Database, late: LateRun): Promise<void> {
  await db.transaction(workflowScope({ workspaceId: late.workspaceId, id: late.runId, generation: 0 }), async (tx) => {
    const locked = await lockRun(tx, late.runId);
    if (locked === null) return;
    const change = await tx.maybeOne<RunCost>(sql`
      UPDATE run_costs c SET applied_token_count = c.token_count, applied_cost_micros = c.cost_micros
      FROM (SELECT run_id, applied_token_count, applied_cost_micros FROM run_costs
        WHERE run_id = ${late.runId} AND settled AND call_count > 0 FOR UPDATE) old
      WHERE c.run_id = old.run_id
      RETURNING c.token_count - old.applied_token_count AS "tokenCount",
        c.cost_micros - old.applied_cost_micros AS "costMicros"`);
    if (change === null) return;
    await addLateCost(tx, locked.run, change);
  });
}
