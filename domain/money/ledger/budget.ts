export const BUDGET_SCOPES = ['workspace', 'crew', 'mission', 'agent'] as const;
export type BudgetScope = (typeof BUDGET_SCOPES)[number];
/** Calendar windows in UTC, weeks from Monday; `mission` is a mission's whole life. */
export const BUDGET_WINDOWS = ['hour', 'day', 'week', 'month', 'mission'] as const;
export type BudgetWindow = (typeof BUDGET_WINDOWS)[number];
/** `soft` warns, `hard` refuses what would go beyond the limit, `tiered` does both. */
export const BUDGET_MODES = ['soft', 'tiered', 'hard'] as const;
export type BudgetMode = (typeof BUDGET_MODES)[number];

/** A budget in its present period. Amounts are micro-dollars. */
export interface Budget {
  readonly id: string;
  readonly workspaceId: string;
  readonly scopeKind: BudgetScope;
  readonly scopeId: string;
  readonly window: BudgetWindow;
  readonly limitMicros: number;
  readonly mode: BudgetMode;
  readonly enabled: boolean;
  readonly spentMicros: number;
  /** Set aside for calls under way. */
  readonly reservedMicros: number;
  /** Null in a window without an end. */
  readonly periodStart: string | null;
  readonly resetsAt: string | null;
  readonly createdAt: string;
  readonly updatedAt: string;
}

const WARNING_PERCENT = 80;

export type BudgetState = 'ok' | 'warning' | 'exceeded';

/** Where a budget stands by what is spent. A hard one says nothing until it is used up. */
export function budgetState(budget: Pick<Budget, 'mode' | 'limitMicros' | 'spentMicros'>): BudgetState {
  if (budget.spentMicros >= budget.limitMicros) return 'exceeded';
  if (budget.mode === 'hard') return 'ok';
  return budget.spentMicros * 100 >= budget.limitMicros * WARNING_PERCENT ? 'warning' : 'ok';
}

/** Whether a budget lets `amountMicros` more be reserved. What costs nothing is never refused. */
export function admits(
  budget: Pick<Budget, 'mode' | 'limitMicros' | 'spentMicros' | 'reservedMicros'>,
  amountMicros: number,
): boolean {
  if (budget.mode === 'soft' || amountMicros === 0) return true;
  return budget.spentMicros + budget.reservedMicros + amountMicros <= budget.limitMicros;
}

/** Spent of the limit, as a percentage with one decimal. */
export function utilisationPct(budget: Pick<Budget, 'limitMicros' | 'spentMicros'>): number {
  return Math.round((budget.spentMicros / budget.limitMicros) * 1_000) / 10;
}
