import type { Database } from '../../kernel/database.ts';
import { sql } from '../../kernel/sql.ts';

/** A run that has ended and whose ledger says more than its totals. */
export interface LateRun {
  readonly runId: string;
  readonly workspaceId: string;
}

/** Ended runs whose difference nobody has applied: the process that was to do it died. */
export async function findLateRuns(db: Pick<Database, 'systemReads'>, limit: number): Promise<LateRun[]> {
  return db.systemReads.any<LateRun>(
    [],
    sql`
      SELECT run_id AS "runId", workspace_id AS "workspaceId" FROM run_costs
      WHERE settled AND call_count > 0 AND (cost_micros <> applied_cost_micros OR token_count <> applied_token_count)
      ORDER BY run_id ${sql.limit(limit)}`,
  );
}
