export const BUDGET_SCOPES = ['workspace', 'crew', 'mission', 'agent', 'user', 'project'] as const;
export type BudgetScope = (typeof BUDGET_SCOPES)[number];
/** Calendar windows in UTC, weeks from Monday; `mission` is a mission's whole life. */
export const BUDGET_WINDOWS = ['hour', 'day', 'week', 'month', 'mission'] as const;
export type BudgetWindow = (typeof BUDGET_WINDOWS)[number];
/** `soft` warns, `hard` refuses what would go beyond the limit, `tiered` does both. */
export const BUDGET_MODES = ['soft', 'tiered', 'hard'] as const;
export type BudgetMode = (typeof BUDGET_MODES)[number];

/** What a budget counts: money, in micro-dollars, or tokens of every kind, also those that a plan pays. */
export const BUDGET_UNITS = ['usd', 'tokens'] as const;
export type BudgetUnit = (typeof BUDGET_UNITS)[number];

/** A budget in its present period. Amounts are in its unit. */
export interface Budget {
  readonly id: string;
  readonly workspaceId: string;
  readonly scopeKind: BudgetScope;
  readonly scopeId: string;
  readonly window: BudgetWindow;
  readonly unit: BudgetUnit;
  readonly limit: number;
  readonly mode: BudgetMode;
  readonly enabled: boolean;
  readonly spent: number;
  /** Set aside for calls under way. */
  readonly reserved: number;
  /** Null in a window without an end. */
  readonly periodStart: string | null;
  readonly resetsAt: string | null;
  readonly createdAt: string;
  readonly updatedAt: string;
}

const WARNING_PERCENT = 80;

export type BudgetState = 'ok' | 'warning' | 'exceeded';

/** Where a budget stands by what is spent. A hard one says nothing until it is used up. */
export function budgetState(budget: Pick<Budget, 'mode' | 'limit' | 'spent'>): BudgetState {
  if (budget.spent >= budget.limit) return 'exceeded';
  if (budget.mode === 'hard') return 'ok';
  return budget.spent * 100 >= budget.limit * WARNING_PERCENT ? 'warning' : 'ok';
}

/** Whether a budget lets `amount` more of its unit be reserved. What costs nothing is never refused. */
export function admits(budget: Pick<Budget, 'mode' | 'limit' | 'spent' | 'reserved'>, amount: number): boolean {
  if (budget.mode === 'soft' || amount === 0) return true;
  return budget.spent + budget.reserved + amount <= budget.limit;
}

/** Spent of the limit, as a percentage with one decimal. */
export function utilisationPct(budget: Pick<Budget, 'limit' | 'spent'>): number {
  return Math.round((budget.spent / budget.limit) * 1_000) / 10;
}
