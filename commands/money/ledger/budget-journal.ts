import { systemActor } from '../../../domain/kernel/access/authority.ts';
import type { BudgetRefusal } from '../../../domain/money/ledger/ledger-entries.ts';
import { budgetState, utilisationPct } from '../../../domain/money/ledger/budget.ts';
import { amountText } from '../../../domain/money/ledger/money.ts';
import { addInboxItem } from '../../../db/people/inbox/inbox-store.ts';
import { sql } from '../../../db/kernel/sql.ts';
import type { Tx } from '../../../db/kernel/transaction.ts';
import { type BudgetRow, periodStart } from '../../../db/money/ledger/budget-usage.ts';

/**
 * Writes `budget.warning` or `budget.exceeded` of a locked budget (docs/contracts/ledger.md, Budgets), each once a
 * period. `refused` is the amount that was refused because of it.
 */
export async function journalBudget(tx: Tx, budget: BudgetRow, refused?: number): Promise<void> {
  const state = refused === undefined ? budgetState(budget) : 'exceeded';
  if (state === 'ok' || (state === 'warning' ? budget.warned || budget.saidExceeded : budget.saidExceeded)) return;
  const column = state === 'warning' ? 'warned_period' : 'exceeded_period';
  await tx.execute(sql`UPDATE budgets b SET ${sql.identifier([column])} = ${periodStart} WHERE b.id = ${budget.id}`);
  const crewId = budget.scopeKind === 'crew' ? budget.scopeId : null;
  tx.journal({
    type: state === 'warning' ? 'budget.warning' : 'budget.exceeded',
    severity: state === 'warning' ? 'warn' : 'error',
    actor: systemActor(),
    workspaceId: budget.workspaceId,
    crewId,
    agentId: budget.scopeKind === 'agent' ? budget.scopeId : null,
    missionId: budget.scopeKind === 'mission' ? budget.scopeId : null,
    targetType: 'budget',
    targetId: budget.id,
    summary:
      `${budget.scopeKind} budget a ${budget.window}: ` +
      `${said(budget, budget.spent)} of ${said(budget, budget.limit)} spent`,
    payload: { ...budgetPayload(budget), state, ...refusal(budget, refused) },
  });
  await addInboxItem(tx, {
    workspaceId: budget.workspaceId,
    type: state === 'warning' ? 'budget.warning' : 'budget.exceeded',
    subject_type: 'budget',
    subject_id: budget.id,
    crew_id: crewId,
    audience_role: 'ADMIN',
    blocking: false,
    payload: { scope_kind: budget.scopeKind, scope_id: budget.scopeId, util_pct: utilisationPct(budget) },
  });
}

/** For people. */
function said({ unit }: BudgetRow, amount: number): string {
  return unit === 'usd' ? `$${amountText(unit, amount)}` : `${amount} tokens`;
}

function refusal({ unit }: BudgetRow, refused: number | undefined): BudgetRefusal {
  if (refused === undefined) return {};
  const amount = amountText(unit, refused);
  return { reason: 'reservation_refused', ...(unit === 'usd' ? { refused_usd: amount } : { refused_tokens: amount }) };
}

/** The figures of a budget, as its entries and refusals name them. */
export function budgetPayload(budget: BudgetRow) {
  return {
    budget_id: budget.id,
    scope_kind: budget.scopeKind,
    scope_id: budget.scopeId,
    window: budget.window,
    mode: budget.mode,
    unit: budget.unit,
    ...figuresOf(budget),
    util_pct: utilisationPct(budget),
  };
}

type Figures =
  | { readonly spent_usd: string; readonly reserved_usd: string; readonly limit_usd: string }
  | { readonly spent_tokens: string; readonly reserved_tokens: string; readonly limit_tokens: string };

function figuresOf({ unit, spent, reserved, limit }: BudgetRow): Figures {
  const text = { spent: amountText(unit, spent), reserved: amountText(unit, reserved), limit: amountText(unit, limit) };
  return unit === 'usd'
    ? { spent_usd: text.spent, reserved_usd: text.reserved, limit_usd: text.limit }
    : { spent_tokens: text.spent, reserved_tokens: text.reserved, limit_tokens: text.limit };
}
