import { notFound } from '../../../domain/kernel/errors/crewship-error.ts';
import type { Budget } from '../../../domain/money/ledger/budget.ts';
import { type PageRequest, slice } from '../../kernel/page.ts';
import type { ReadPool } from '../../kernel/read-pool.ts';
import { sql } from '../../kernel/sql.ts';
import { type BudgetRow, selectBudgets } from './budget-usage.ts';

/** Throws `not_found`. */
export async function getBudget(reads: ReadPool, workspaceId: string, budgetId: string): Promise<Budget> {
  const row = await reads.maybeOne<BudgetRow>(
    [workspaceId],
    sql`${selectBudgets(sql.fragment`b.id = ${budgetId} AND b.workspace_id = ${workspaceId}`)}`,
  );
  if (row === null) throw notFound('budget');
  return row;
}

/** Newest first. The slice is cut before figures are read. */
export async function listBudgets(reads: ReadPool, workspaceId: string, page: PageRequest): Promise<Budget[]> {
  const newest = sql.fragment`b.id IN (
    SELECT n.id FROM budgets n WHERE n.workspace_id = ${workspaceId}
    ORDER BY n.created_at DESC, n.id DESC ${slice(page)})`;
  return reads.any<BudgetRow>([workspaceId], sql`${selectBudgets(newest)} ORDER BY b.created_at DESC, b.id DESC`);
}

export async function countBudgets(reads: ReadPool, workspaceId: string): Promise<number> {
  const row = await reads.maybeOne<{ total: number }>(
    [workspaceId],
    sql`SELECT count(*) AS total FROM budgets WHERE workspace_id = ${workspaceId}`,
  );
  return row?.total ?? 0;
}
