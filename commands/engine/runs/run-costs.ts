import { sql } from '../../../db/kernel/sql.ts';
import type { Tx } from '../../../db/kernel/transaction.ts';
import type { RunRow } from '../../../db/work/runs/run-row.ts';

/** Tokens are those of all four kinds. */
export interface RunCost {
  readonly tokenCount: number;
  readonly costMicros: number;
}

/**
 * What an ending run has cost. The ledger is the truth: what the run itself reported counts only where the ledger has
 * no call of it, so that nothing is counted twice. Marks the run's row, so that a call whose batch commits later, be it
 * already under way, is applied as a late one.
 */
export async function settleRunCost(
  tx: Tx,
  run: Pick<RunRow, 'id' | 'workspace_id'>,
  reported: RunCost,
): Promise<RunCost> {
  return tx.one<RunCost>(sql`
    INSERT INTO run_costs AS c (run_id, workspace_id, settled, applied_token_count, applied_cost_micros)
    VALUES (${run.id}, ${run.workspace_id}, true, ${reported.tokenCount}, ${reported.costMicros})
    ON CONFLICT (run_id) DO UPDATE SET settled = true,
      applied_token_count = CASE WHEN c.call_count > 0 THEN c.token_count ELSE excluded.applied_token_count END,
      applied_cost_micros = CASE WHEN c.call_count > 0 THEN c.cost_micros ELSE excluded.applied_cost_micros END
    RETURNING applied_token_count AS "tokenCount", applied_cost_micros AS "costMicros"`);
}

/** Adds to the totals of the run's task and mission, whatever has become of them. The mission is locked. */
export async function addToTotals(
  tx: Tx,
  run: Pick<RunRow, 'task_id' | 'mission_id'>,
  { tokenCount, costMicros }: RunCost,
): Promise<void> {
  if (tokenCount === 0 && costMicros === 0) return;
  if (run.task_id !== null) {
    await tx.execute(sql`
      UPDATE tasks SET token_count = token_count + ${tokenCount}, cost_micros = cost_micros + ${costMicros},
        updated_at = now() WHERE id = ${run.task_id}`);
  }
  if (run.mission_id !== null) {
    await tx.execute(sql`
      UPDATE missions SET total_token_count = total_token_count + ${tokenCount},
        total_cost_micros = total_cost_micros + ${costMicros}, updated_at = now() WHERE id = ${run.mission_id}`);
  }
}

/** Adds to the totals of a locked run that has ended, and to those of its task and mission. */
export async function addLateCost(
  tx: Tx,
  run: Pick<RunRow, 'id' | 'task_id' | 'mission_id'>,
  change: RunCost,
): Promise<void> {
  await tx.execute(sql`
    UPDATE runs SET token_count = token_count + ${change.tokenCount}, cost_micros = cost_micros + ${change.costMicros}
    WHERE id = ${run.id}`);
  await addToTotals(tx, run, change);
}
