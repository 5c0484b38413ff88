import type { Actor } from '../../../domain/kernel/access/authority.ts';
import { CrewshipError, invalidField, notFound } from '../../../domain/kernel/errors/crewship-error.ts';
import type { Budget, BudgetMode, BudgetScope, BudgetWindow } from '../../../domain/money/ledger/budget.ts';
import { newId } from '../../../platform/ids/ids.ts';
import { auditEntry } from '../../../domain/evidence/journal/audit-entry.ts';
import { assignments } from '../../../db/kernel/assignments.ts';
import { isUniqueViolation } from '../../../db/kernel/database-errors.ts';
import { type Fragment, sql } from '../../../db/kernel/sql.ts';
import type { Tx } from '../../../db/kernel/transaction.ts';
import { type BudgetRow, selectBudgets } from '../../../db/money/ledger/budget-usage.ts';

export interface NewBudget {
  readonly workspaceId: string;
  readonly scopeKind: BudgetScope;
  readonly scopeId: string;
  readonly window: BudgetWindow;
  readonly limitMicros: number;
  readonly mode: BudgetMode;
  readonly enabled: boolean;
}

export interface BudgetPatch {
  readonly limitMicros?: number | undefined;
  readonly mode?: BudgetMode | undefined;
  readonly enabled?: boolean | undefined;
}

const SCOPE_TABLES = { crew: 'crews', mission: 'missions', agent: 'agents' } as const;

/** Throws `invalid_request` for a scope that is not of the workspace, `conflict` for a second budget of one window. */
export async function createBudget(tx: Tx, budget: NewBudget, actor: Actor): Promise<Budget> {
  await refuseForeignScope(tx, budget);
  const id = newId();
  try {
    await tx.execute(sql`
      INSERT INTO budgets (id, workspace_id, scope_kind, scope_id, budget_window, limit_micros, mode, enabled,
        created_by)
      VALUES (${id}, ${budget.workspaceId}, ${budget.scopeKind}, ${budget.scopeId}, ${budget.window},
        ${budget.limitMicros}, ${budget.mode}, ${budget.enabled}, ${actor.type === 'user' ? actor.id : null})`);
  } catch (error) {
    if (!isUniqueViolation(error)) throw error;
    throw new CrewshipError('conflict', 'this scope has a budget of this window', { cause: error });
  }
  const created = await getBudgetIn(tx, id);
  journal(tx, 'created', created, actor);
  return created;
}

async function refuseForeignScope(tx: Tx, { workspaceId, scopeKind, scopeId }: NewBudget): Promise<void> {
  if (scopeKind === 'workspace') {
    if (scopeId !== workspaceId) throw invalidField('scope_id', 'is not this workspace');
    return;
  }
  const found = await tx.maybeOne(sql`
    SELECT 1 FROM ${sql.identifier([SCOPE_TABLES[scopeKind]])}
      WHERE id = ${scopeId} AND workspace_id = ${workspaceId}`);
  if (found === null) throw invalidField('scope_id', `names no ${scopeKind} of this workspace`);
}

/** Throws `not_found`. A new limit or mode may warn again in the same period. */
export async function updateBudget(
  tx: Tx,
  ref: { workspaceId: string; budgetId: string },
  patch: BudgetPatch,
  actor: Actor,
): Promise<Budget> {
  await lockBudget(tx, ref);
  const set: Record<string, Fragment> = { updated_at: sql.fragment`now()` };
  if (patch.limitMicros !== undefined) set.limit_micros = sql.fragment`${patch.limitMicros}`;
  if (patch.mode !== undefined) set.mode = sql.fragment`${patch.mode}`;
  if (patch.enabled !== undefined) set.enabled = sql.fragment`${patch.enabled}`;
  if (patch.limitMicros !== undefined || patch.mode !== undefined) {
    set.warned_period = sql.fragment`NULL`;
    set.exceeded_period = sql.fragment`NULL`;
  }
  await tx.execute(sql`UPDATE budgets SET ${assignments(set)} WHERE id = ${ref.budgetId}`);
  const updated = await getBudgetIn(tx, ref.budgetId);
  const changed = Object.entries(patch).flatMap(([name, value]) => (value === undefined ? [] : [name]));
  journal(tx, 'updated', updated, actor, changed);
  return updated;
}

/** Throws `not_found`. What was reserved against it is free; what was spent stays in the ledger. */
export async function deleteBudget(
  tx: Tx,
  ref: { workspaceId: string; budgetId: string },
  actor: Actor,
): Promise<void> {
  await lockBudget(tx, ref);
  const budget = await getBudgetIn(tx, ref.budgetId);
  await tx.execute(sql`DELETE FROM budgets WHERE id = ${ref.budgetId}`);
  journal(tx, 'deleted', budget, actor);
}

async function lockBudget(tx: Tx, ref: { workspaceId: string; budgetId: string }): Promise<void> {
  const found = await tx.maybeOne(sql`
    SELECT 1 FROM budgets WHERE id = ${ref.budgetId} AND workspace_id = ${ref.workspaceId} FOR UPDATE`);
  if (found === null) throw notFound('budget');
}

function getBudgetIn(tx: Tx, budgetId: string): Promise<BudgetRow> {
  return tx.one<BudgetRow>(sql`${selectBudgets(sql.fragment`b.id = ${budgetId}`)}`);
}

function journal(
  tx: Tx,
  verb: 'created' | 'updated' | 'deleted',
  budget: Budget,
  actor: Actor,
  changedFields?: readonly string[],
): void {
  tx.journal(
    auditEntry(verb, {
      actor,
      workspaceId: budget.workspaceId,
      targetType: 'budget',
      targetId: budget.id,
      label: `${budget.scopeKind} ${budget.window}`,
      crewId: budget.scopeKind === 'crew' ? budget.scopeId : null,
      agentId: budget.scopeKind === 'agent' ? budget.scopeId : null,
      payload: {
        ...(changedFields === undefined ? {} : { changed_fields: changedFields }),
        limit_micros: budget.limitMicros,
        mode: budget.mode,
        enabled: budget.enabled,
      },
    }),
  );
}
