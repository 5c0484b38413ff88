import { notFound } from '../../../domain/kernel/errors/crewship-error.ts';
import type { Budget } from '../../../domain/money/ledger/budget.ts';
import { descending, listOrder, newestFirst, nextCursor, type PageRequest, slice } from '../../kernel/page.ts';
import type { ReadPool } from '../../kernel/read-pool.ts';
import { type Query, sql } from '../../kernel/sql.ts';
import { type BudgetRow, selectBudgets } from './budget-usage.ts';

const ORDER = newestFirst('n');
/** The same, by the names that the rows have. */
const SHOWN_ORDER = listOrder(descending('time', sql.fragment`n."createdAt"`), descending('text', sql.fragment`n.id`));

/** Throws `not_found`, also for one of tokens. */
export async function getBudget(reads: ReadPool, workspaceId: string, budgetId: string): Promise<Budget> {
  const row = await reads.maybeOne<BudgetRow>(
    [workspaceId],
    sql`${selectBudgets(sql.fragment`b.id = ${budgetId} AND b.workspace_id = ${workspaceId} AND b.unit = 'usd'`)}`,
  );
  if (row === null) throw notFound('budget');
  return row;
}

/** Those of money, newest first. The slice is cut before figures are read. */
export async function listBudgets(reads: ReadPool, workspaceId: string, page: PageRequest) {
  const newest = sql.fragment`b.id IN (
    SELECT n.id FROM budgets n WHERE n.workspace_id = ${workspaceId} AND n.unit = 'usd' ${ORDER.after(page)}
    ORDER BY ${ORDER.by} ${slice(page)})`;
  const rows = await reads.any<BudgetRow>(
    [workspaceId],
    sql`SELECT n.*, ${SHOWN_ORDER.key} FROM (${selectBudgets(newest)}) n ORDER BY ${SHOWN_ORDER.by}`,
  );
  return { rows, next: nextCursor(rows, page) };
}

export async function countBudgets(reads: ReadPool, workspaceId: string): Promise<number> {
  const row = await reads.maybeOne<{ total: number }>(
    [workspaceId],
    sql`SELECT count(*) AS total FROM budgets WHERE workspace_id = ${workspaceId} AND unit = 'usd'`,
  );
  return row?.total ?? 0;
}

export interface BudgetSet {
  /** 0 where there was never one. */
  readonly version: number;
  readonly budgets: readonly BudgetRow[];
}

/** A workspace's enabled budgets but those of missions, by id, and the version that they have together. */
export function selectBudgetSet(workspaceId: string, limit: number): Query {
  return sql`SELECT coalesce((SELECT version FROM budget_versions WHERE workspace_id = ${workspaceId}), 0) AS version,
    coalesce((SELECT json_agg(b ORDER BY b.id) FROM (${selectBudgets(sql.fragment`b.id IN (
      SELECT n.id FROM budgets n WHERE n.workspace_id = ${workspaceId} AND n.enabled AND n.scope_kind <> 'mission'
      ORDER BY n.id ${sql.limit(limit)})`)}) b), '[]') AS budgets`;
}
