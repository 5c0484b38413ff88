import type { Database } from '../../../db/kernel/database.ts';
import { beginPass, endPass, keepPass } from '../../../db/instance/reconcile/reconciler-lease.ts';
import { newId } from '../../../platform/ids/ids.ts';
import type { Logger } from '../../../platform/logging/logger.ts';
import type { WorkflowLookup } from '../../../platform/temporal/workflow-lookup.ts';
import { reconcileWorkflows } from './reconcile-workflows.ts';

/** Over all processes: once in this time. */
export const RECONCILE_EVERY_MS = 300_000;
const GRACE_MS = 30_000;
/** Of the three pages a lease outlives, at least one is done in this time. */
const KEEP_MS = 10_000;
/** Before the first pass ever nothing was compared; a server keeps closed workflows for days. */
const FIRST_LOOK_BACK_MS = 24 * 3_600_000;

export interface Reconciler {
  /**
   * One pass: `repairs` made, or null when another one is under way or (without `force`) was lately. Rejects when
   * Temporal or Postgres does not answer; what was repaired by then stays repaired.
   */
  run(options: { force: boolean }): Promise<{ readonly repairs: number } | null>;
}

/** Passes of {@link reconcileWorkflows}, one at a time over all processes. */
export function createReconciler(deps: {
  db: Database;
  workflows: WorkflowLookup;
  log: Pick<Logger, 'info' | 'warn'>;
  everyMs?: number;
  graceMs?: number;
}): Reconciler {
  const { db, workflows, log, everyMs = RECONCILE_EVERY_MS, graceMs = GRACE_MS } = deps;
  return {
    async run({ force }) {
      const holder = newId();
      // Processes look at about the same time: what one of them did lately, the next need not do again.
      const pass = await beginPass(db, { holder, force, everyMs: everyMs / 2 });
      if (pass === null) return null;
      let keptAtMs = performance.now();
      async function checkpoint(): Promise<void> {
        if (performance.now() - keptAtMs < KEEP_MS) return;
        keptAtMs = performance.now();
        if (!(await keepPass(db, holder))) throw new Error('another process took the reconciliation over');
      }
      let completed = false;
      try {
        const comparedUntil = new Date(
          pass.comparedUntil === null ? Date.now() - FIRST_LOOK_BACK_MS : Date.parse(pass.comparedUntil),
        );
        const repairs = await reconcileWorkflows({ db, workflows, log, checkpoint }, { comparedUntil, graceMs });
        completed = true;
        if (repairs > 0) log.warn({ repairs }, 'rows and workflows did not agree');
        return { repairs };
      } finally {
        await endPass(db, { holder, completed });
      }
    },
  };
}
