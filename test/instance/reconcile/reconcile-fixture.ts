import { createReconciler } from '../../../activities/instance/reconcile/reconciler.ts';
import { sql } from '../../../db/kernel/sql.ts';
import { createWorkflowLookup } from '../../../platform/temporal/workflow-lookup.ts';
import { createLogger } from '../../../platform/logging/logger.ts';
import { eventually } from '../../support/test-crew.ts';
import type { TestEngine } from '../../support/test-engine.ts';

export interface TestRepair {
  readonly kind: string;
  readonly id: string;
  readonly discrepancy: string;
  readonly from: string | number | null;
  readonly to: string | number | null;
}

/** One pass, now. Where a process of the engine is at one of its own, after that one. */
export async function reconcileNow(engine: TestEngine, options: { graceMs?: number } = {}): Promise<number> {
  const log = createLogger({ name: 'test', level: process.env.CREWSHIP_TEST_LOG_LEVEL ?? 'silent' });
  const workflows = createWorkflowLookup(engine.temporal.client, new AbortController().signal);
  const reconciler = createReconciler({ db: engine.db, workflows, log, graceMs: options.graceMs ?? 0 });
  const pass = await eventually(
    () => reconciler.run({ force: true }),
    (taken) => taken !== null,
  );
  return pass!.repairs;
}

/** The repairs that the workspace's journal has, oldest first. */
export async function repairsOf(engine: TestEngine, workspaceId: string): Promise<TestRepair[]> {
  const rows = await engine.db.reads.any<{ payload: TestRepair }>(
    [workspaceId],
    sql`SELECT payload FROM journal_entries WHERE entry_type = 'reconcile.repaired' ORDER BY ts, id`,
  );
  return rows.map((row) => row.payload);
}
