import { systemActor } from '../../../domain/kernel/access/authority.ts';
import type { BudgetRefusal } from '../../../domain/money/ledger/ledger-entries.ts';
import { budgetState, utilisationPct } from '../../../domain/money/ledger/budget.ts';
import { usdText } from '../../../domain/money/ledger/money.ts';
import { addInboxItem } from '../../../db/people/inbox/inbox-store.ts';
import { sql } from '../../../db/kernel/sql.ts';
import type { Tx } from '../../../db/kernel/transaction.ts';
import { type BudgetRow, periodStart } from '../../../db/money/ledger/budget-usage.ts';

/**
 * Writes `budget.warning` or `budget.exceeded` of a locked budget (docs/contracts/ledger.md, Budgets), each once a
 * period. `refusedMicros` is what was refused because of it.
 */
export async function journalBudget(tx: Tx, budget: BudgetRow, refusedMicros?: number): Promise<void> {
  const state = refusedMicros === undefined ? budgetState(budget) : 'exceeded';
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
      `$${usdText(budget.spentMicros)} of $${usdText(budget.limitMicros)} spent`,
    payload: { ...budgetPayload(budget), state, ...refusal(refusedMicros) },
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

function refusal(refusedMicros: number | undefined): BudgetRefusal {
  return refusedMicros === undefined ? {} : { reason: 'reservation_refused', refused_usd: usdText(refusedMicros) };
}

/** The figures of a budget, as its entries and refusals name them. */
export function budgetPayload(budget: BudgetRow) {
  return {
    budget_id: budget.id,
    scope_kind: budget.scopeKind,
    scope_id: budget.scopeId,
    window: budget.window,
    mode: budget.mode,
    spent_usd: usdText(budget.spentMicros),
    reserved_usd: usdText(budget.reservedMicros),
    limit_usd: usdText(budget.limitMicros),
    util_pct: utilisationPct(budget),
  };
}
