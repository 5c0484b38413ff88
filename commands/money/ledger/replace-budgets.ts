import type { Actor } from '../../../domain/kernel/access/authority.ts';
import { CrewshipError } from '../../../domain/kernel/errors/crewship-error.ts';
import type { Budget, BudgetScope } from '../../../domain/money/ledger/budget.ts';
import { sql } from '../../../db/kernel/sql.ts';
import type { Tx } from '../../../db/kernel/transaction.ts';
import { type BudgetRow, selectBudgets } from '../../../db/money/ledger/budget-usage.ts';
import { changeBudget, insertBudget, type NewBudget, nextBudgetVersion, removeBudget } from './budget-commands.ts';

const nameOf = ({ scopeKind, scopeId, window, unit }: Omit<NewBudget, 'workspaceId' | 'limit' | 'mode' | 'enabled'>) =>
  `${scopeKind} ${scopeId} ${window} ${unit}`;

/**
 * Puts these budgets in place of the workspace's, but for those of missions. One that stays keeps its id, what is spent
 * of it and what calls under way hold. `base` is the version that was read. Throws `version_conflict`, and
 * `invalid_request` that names each scope that is not of the workspace.
 */
export async function replaceBudgets(
  tx: Tx,
  change: {
    readonly workspaceId: string;
    readonly budgets: readonly Omit<NewBudget, 'workspaceId' | 'enabled'>[];
    readonly base: number;
    readonly actor: Actor;
  },
): Promise<number> {
  const { workspaceId, budgets, base, actor } = change;
  const version = await nextBudgetVersion(tx, workspaceId, base);
  await refuseForeignScopes(tx, workspaceId, budgets);
  await tx.execute(sql`
    SELECT 1 FROM budgets b WHERE b.workspace_id = ${workspaceId} AND b.scope_kind <> 'mission'
    ORDER BY b.id FOR NO KEY UPDATE`);
  const there = await tx.any<BudgetRow>(
    sql`${selectBudgets(sql.fragment`b.workspace_id = ${workspaceId} AND b.scope_kind <> 'mission'`)} ORDER BY id`,
  );
  const before = new Map<string, Budget>(there.map((budget) => [nameOf(budget), budget]));
  const wanted = new Set(budgets.map(nameOf));
  for (const budget of there) {
    // One that is switched off is not shown here, and not taken away by who does not see it.
    if (budget.enabled && !wanted.has(nameOf(budget))) await removeBudget(tx, budget.id, actor);
  }
  for (const budget of budgets) {
    const found = before.get(nameOf(budget));
    if (found === undefined) {
      await insertBudget(tx, { ...budget, workspaceId, enabled: true }, actor);
      continue;
    }
    const patch = {
      limit: found.limit === budget.limit ? undefined : budget.limit,
      mode: found.mode === budget.mode ? undefined : budget.mode,
      enabled: found.enabled ? undefined : true,
    };
    if (Object.values(patch).some((value) => value !== undefined)) await changeBudget(tx, found.id, patch, actor);
  }
  return version;
}

async function refuseForeignScopes(
  tx: Tx,
  workspaceId: string,
  budgets: readonly { readonly scopeKind: BudgetScope; readonly scopeId: string }[],
): Promise<void> {
  const scopes = budgets.map(({ scopeKind, scopeId }, index) => ({ index, kind: scopeKind, id: scopeId }));
  const foreign = await tx.any<{ index: number; kind: string }>(sql`
    SELECT s.index, s.kind
    FROM json_to_recordset(${sql.rows(scopes)}) AS s(index integer, kind text, id text)
    WHERE NOT CASE s.kind
      WHEN 'workspace' THEN s.id = ${workspaceId}
      WHEN 'crew' THEN EXISTS (SELECT 1 FROM crews c WHERE c.id = s.id AND c.workspace_id = ${workspaceId})
      WHEN 'agent' THEN EXISTS (SELECT 1 FROM agents a WHERE a.id = s.id AND a.workspace_id = ${workspaceId})
      WHEN 'user' THEN EXISTS (
        SELECT 1 FROM memberships m WHERE m.user_id = s.id AND m.workspace_id = ${workspaceId})
      WHEN 'project' THEN EXISTS (
        SELECT 1 FROM projects p WHERE p.id = s.id AND p.workspace_id = ${workspaceId} AND p.deleted_at IS NULL)
      ELSE false END
    ORDER BY s.index`);
  if (foreign.length === 0) return;
  const fields = foreign.map(({ index, kind }) => ({
    path: `budgets.${index}.scope_id`,
    message: kind === 'workspace' ? 'is not this workspace' : `names no ${kind} of this workspace`,
  }));
  throw new CrewshipError('invalid_request', `${fields[0]!.path}: ${fields[0]!.message}`, { fields });
}
