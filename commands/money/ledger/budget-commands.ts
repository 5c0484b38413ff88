import type { Actor } from '../../../domain/kernel/access/authority.ts';
import { CrewshipError, invalidField, notFound } from '../../../domain/kernel/errors/crewship-error.ts';
import type { Budget, BudgetMode, BudgetScope, BudgetUnit, BudgetWindow } from '../../../domain/money/ledger/budget.ts';
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
  readonly unit: BudgetUnit;
  /** In its unit. */
  readonly limit: number;
  readonly mode: BudgetMode;
  readonly enabled: boolean;
}

export interface BudgetPatch {
  readonly limit?: number | undefined;
  readonly mode?: BudgetMode | undefined;
  readonly enabled?: boolean | undefined;
}

const SCOPE_TABLES = { crew: 'crews', mission: 'missions', agent: 'agents' } as const;
/** Of a workspace's enabled budgets but those of missions: what is shown and written as one. */
export const MOST_BUDGETS = 500;

/**
 * The next version of the workspace's budgets, which every change of one takes first: it holds those who change others,
 * and who writes them all sees whether somebody was before. With `base` at hand no more: `version_conflict`.
 */
export async function nextBudgetVersion(tx: Tx, workspaceId: string, base?: number): Promise<number> {
  const { version } = await tx.one<{ version: number }>(sql`
    INSERT INTO budget_versions AS v (workspace_id, version) VALUES (${workspaceId}, 1)
    ON CONFLICT (workspace_id) DO UPDATE SET version = v.version + 1 RETURNING version`);
  if (base === undefined || base === version - 1) return version;
  throw new CrewshipError('version_conflict', `the budgets are at version ${version - 1}; read them again`, {
    extensions: { current_version: version - 1 },
  });
}

/** Throws `invalid_request` for a scope that is not of the workspace, `conflict` for a second budget of one window. */
export async function createBudget(tx: Tx, budget: NewBudget, actor: Actor): Promise<Budget> {
  await refuseForeignScope(tx, budget);
  await nextBudgetVersion(tx, budget.workspaceId);
  if (budget.enabled) await refuseTooMany(tx, budget);
  return insertBudget(tx, budget, actor);
}

async function refuseTooMany(tx: Tx, { workspaceId, scopeKind }: Pick<NewBudget, 'workspaceId' | 'scopeKind'>) {
  if (scopeKind === 'mission') return;
  const { count } = await tx.one<{ count: number }>(sql`
    SELECT count(*) FROM budgets WHERE workspace_id = ${workspaceId} AND enabled AND scope_kind <> 'mission'`);
  if (count < MOST_BUDGETS) return;
  throw new CrewshipError('conflict', `a workspace has at most ${MOST_BUDGETS} budgets beside those of missions`);
}

/** One whose scope is known to be the workspace's. */
export async function insertBudget(tx: Tx, budget: NewBudget, actor: Actor): Promise<Budget> {
  const id = newId();
  try {
    await tx.execute(sql`
      INSERT INTO budgets (id, workspace_id, scope_kind, scope_id, budget_window, limit_micros,
        limit_tokens, mode, enabled, created_by)
      VALUES (${id}, ${budget.workspaceId}, ${budget.scopeKind}, ${budget.scopeId}, ${budget.window},
        ${limitOf(budget, 'usd')}, ${limitOf(budget, 'tokens')}, ${budget.mode}, ${budget.enabled},
        ${actor.type === 'user' ? actor.id : null})`);
  } catch (error) {
    if (!isUniqueViolation(error)) throw error;
    throw new CrewshipError('conflict', 'this scope has a budget of this window', { cause: error });
  }
  const created = await getBudgetIn(tx, id);
  journal(tx, 'created', created, actor);
  return created;
}

const limitOf = ({ unit, limit }: Pick<NewBudget, 'unit' | 'limit'>, wanted: BudgetUnit): number | null =>
  unit === wanted ? limit : null;

async function refuseForeignScope(tx: Tx, { workspaceId, scopeKind, scopeId }: NewBudget): Promise<void> {
  if (scopeKind === 'workspace') {
    if (scopeId !== workspaceId) throw invalidField('scope_id', 'is not this workspace');
    return;
  }
  const found = await tx.maybeOne(
    scopeKind === 'user'
      ? sql`SELECT 1 FROM memberships WHERE user_id = ${scopeId} AND workspace_id = ${workspaceId}`
      : scopeKind === 'project'
        ? sql`
            SELECT 1 FROM projects WHERE id = ${scopeId} AND workspace_id = ${workspaceId} AND deleted_at IS NULL`
        : sql`
            SELECT 1 FROM ${sql.identifier([SCOPE_TABLES[scopeKind]])}
            WHERE id = ${scopeId} AND workspace_id = ${workspaceId}`,
  );
  if (found === null) throw invalidField('scope_id', `names no ${scopeKind} of this workspace`);
}

/** Throws `not_found`. A new limit or mode may warn again in the same period. */
export async function updateBudget(
  tx: Tx,
  ref: { workspaceId: string; budgetId: string },
  patch: BudgetPatch,
  actor: Actor,
): Promise<Budget> {
  await nextBudgetVersion(tx, ref.workspaceId);
  await lockBudget(tx, ref);
  if (patch.enabled === true) {
    const { enabled, scopeKind } = await getBudgetIn(tx, ref.budgetId);
    if (!enabled) await refuseTooMany(tx, { workspaceId: ref.workspaceId, scopeKind });
  }
  return changeBudget(tx, ref.budgetId, patch, actor);
}

/** One that is locked, of either unit. */
export async function changeBudget(tx: Tx, budgetId: string, patch: BudgetPatch, actor: Actor): Promise<Budget> {
  const { unit } = await getBudgetIn(tx, budgetId);
  const set: Record<string, Fragment> = { updated_at: sql.fragment`now()` };
  if (patch.limit !== undefined) set[unit === 'usd' ? 'limit_micros' : 'limit_tokens'] = sql.fragment`${patch.limit}`;
  if (patch.mode !== undefined) set.mode = sql.fragment`${patch.mode}`;
  if (patch.enabled !== undefined) set.enabled = sql.fragment`${patch.enabled}`;
  if (patch.limit !== undefined || patch.mode !== undefined) {
    set.warned_period = sql.fragment`NULL`;
    set.exceeded_period = sql.fragment`NULL`;
  }
  await tx.execute(sql`UPDATE budgets SET ${assignments(set)} WHERE id = ${budgetId}`);
  const updated = await getBudgetIn(tx, budgetId);
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
  await nextBudgetVersion(tx, ref.workspaceId);
  await lockBudget(tx, ref);
  await removeBudget(tx, ref.budgetId, actor);
}

/** One that is locked, of either unit. */
export async function removeBudget(tx: Tx, budgetId: string, actor: Actor): Promise<void> {
  const budget = await getBudgetIn(tx, budgetId);
  await tx.execute(sql`DELETE FROM budgets WHERE id = ${budgetId}`);
  journal(tx, 'deleted', budget, actor);
}

async function lockBudget(tx: Tx, ref: { workspaceId: string; budgetId: string }): Promise<void> {
  const found = await tx.maybeOne(sql`
    SELECT 1 FROM budgets WHERE id = ${ref.budgetId} AND workspace_id = ${ref.workspaceId} AND unit = 'usd'
    FOR UPDATE`);
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
        ...(budget.unit === 'usd' ? { limit_micros: budget.limit } : { limit_tokens: budget.limit }),
        mode: budget.mode,
        enabled: budget.enabled,
      },
    }),
  );
}
