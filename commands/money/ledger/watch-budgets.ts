import type { Logger } from '../../../platform/logging/logger.ts';
import type { Database } from '../../../db/kernel/database.ts';
import { sql } from '../../../db/kernel/sql.ts';
import { journalBudget } from './budget-journal.ts';
import { type BudgetRow, selectBudgets } from '../../../db/money/ledger/budget-usage.ts';
import type { RecordedCosts } from './record-costs.ts';

/** A budget that is spent from all the time is looked at this often. */
const INTERVAL_MS = 250;

/**
 * Looks at budgets after money was spent from them and writes the entries that are due. Best effort
 * (docs/contracts/ledger.md, Budgets): it never delays or fails a report, and what a dead process did not write the
 * next call's look does.
 */
export function createBudgetWatch(deps: { readonly db: Database; readonly log: Pick<Logger, 'warn'> }) {
  let due = new Map<string, string>();
  let timer: NodeJS.Timeout | undefined;
  let running: Promise<void> = Promise.resolve();

  async function look(): Promise<void> {
    timer = undefined;
    const budgets = due;
    due = new Map();
    for (const [workspaceId, entries] of Map.groupBy(budgets, ([, workspace]) => workspace)) {
      try {
        await journalStates(
          deps.db,
          workspaceId,
          entries.map(([id]) => id),
        );
      } catch (error) {
        deps.log.warn({ err: error, workspace_id: workspaceId }, 'budgets could not be looked at');
      }
    }
  }

  return {
    spentFrom(budgets: RecordedCosts['budgets']): void {
      if (budgets.length === 0) return;
      for (const { id, workspaceId } of budgets) due.set(id, workspaceId);
      timer ??= setTimeout(() => {
        running = running.then(look);
      }, INTERVAL_MS);
    },
    /** Resolves when the looks that are due are done. */
    async close(): Promise<void> {
      clearTimeout(timer);
      await running;
      if (due.size > 0) await look();
    },
  };
}

async function journalStates(db: Database, workspaceId: string, budgetIds: readonly string[]): Promise<void> {
  await db.transaction({ workspaceIds: [workspaceId] }, async (tx) => {
    const ids = sql.fragment`b.id = ANY (${sql.array([...budgetIds], 'text')})`;
    await tx.execute(sql`SELECT 1 FROM budgets b WHERE ${ids} AND b.enabled ORDER BY b.id FOR NO KEY UPDATE`);
    const rows = await tx.any<BudgetRow>(sql`${selectBudgets(sql.fragment`${ids} AND b.enabled`)} ORDER BY id`);
    for (const budget of rows) await journalBudget(tx, budget);
  });
}
