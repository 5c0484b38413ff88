import { z } from 'zod';
import type { Database } from '../../../db/kernel/database.ts';
import { createBudget, deleteBudget, updateBudget } from '../../../commands/money/ledger/budget-commands.ts';
import { type Budget, budgetState, utilisationPct } from '../../../domain/money/ledger/budget.ts';
import { usdText } from '../../../domain/money/ledger/money.ts';
import { pageHeaders } from '../../http/kernel/pagination.ts';
import { created, defineRoute, noContent, ok, type Route } from '../../http/kernel/route.ts';
import { budgetAnswer, budgetListQuery, budgetParams, budgetPatchBody, newBudgetBody } from './budget-schemas.ts';
import { countBudgets, getBudget, listBudgets } from '../../../db/money/ledger/read-budgets.ts';

function toAnswer(budget: Budget): z.input<typeof budgetAnswer> {
  const left = budget.limit - budget.spent;
  return {
    id: budget.id,
    workspace_id: budget.workspaceId,
    scope_kind: budget.scopeKind,
    scope_id: budget.scopeId,
    window: budget.window,
    limit_usd: usdText(budget.limit),
    mode: budget.mode,
    enabled: budget.enabled,
    spent_usd: usdText(budget.spent),
    reserved_usd: usdText(budget.reserved),
    remaining_usd: usdText(Math.max(0, left - budget.reserved)),
    overspent_usd: usdText(Math.max(0, -left)),
    util_pct: utilisationPct(budget),
    state: budgetState(budget),
    period_start: budget.periodStart,
    resets_at: budget.resetsAt,
    created_at: budget.createdAt,
    updated_at: budget.updatedAt,
  };
}

/** Money budgets: docs/contracts/ledger.md, Budgets. Setting limits is for those who manage the workspace. */
export function createBudgetRoutes(deps: { readonly database: Pick<Database, 'reads'> }): Route[] {
  const { reads } = deps.database;
  const tags = ['Paymaster'];
  const read = { access: 'member', action: 'read', scope: 'paymaster:read' } as const;
  const manage = { access: 'member', action: 'manage', scope: 'paymaster:write' } as const;
  const url = '/api/v1/paymaster/budgets';

  return [
    defineRoute({
      method: 'GET',
      url,
      operationId: 'listBudgets',
      summary: 'List budgets with what is spent of them, newest first',
      tags,
      authority: read,
      query: budgetListQuery,
      responses: { 200: z.array(budgetAnswer) },
      handler: async (ctx) => {
        const [{ rows, next }, total] = await Promise.all([
          listBudgets(reads, ctx.workspace.id, ctx.query),
          countBudgets(reads, ctx.workspace.id),
        ]);
        return ok(rows.map(toAnswer), pageHeaders(ctx.request.url, ctx.query, { total, next }));
      },
    }),
    defineRoute({
      method: 'POST',
      url,
      operationId: 'createBudget',
      summary: 'Set a limit for a scope and a window',
      description: 'What was spent in the present window before counts too. One budget a scope and window.',
      tags,
      authority: manage,
      body: newBudgetBody,
      responses: { 201: budgetAnswer },
      handler: (ctx) =>
        ctx.write(async (tx) => {
          const { body } = ctx;
          const budget = await createBudget(
            tx,
            {
              workspaceId: ctx.workspace.id,
              scopeKind: body.scope_kind,
              scopeId: body.scope_id ?? ctx.workspace.id,
              window: body.window,
              unit: 'usd',
              limit: body.limit_usd,
              mode: body.mode,
              enabled: body.enabled,
            },
            ctx.actor,
          );
          return created(toAnswer(budget));
        }),
    }),
    defineRoute({
      method: 'GET',
      url: `${url}/:budgetId`,
      operationId: 'getBudget',
      summary: 'Get a budget with what is spent of it',
      tags,
      authority: read,
      params: budgetParams,
      responses: { 200: budgetAnswer },
      handler: async (ctx) => ok(toAnswer(await getBudget(reads, ctx.workspace.id, ctx.params.budgetId))),
    }),
    defineRoute({
      method: 'PATCH',
      url: `${url}/:budgetId`,
      operationId: 'updateBudget',
      summary: 'Change a budget’s limit or mode, or switch it off or on',
      tags,
      authority: manage,
      params: budgetParams,
      body: budgetPatchBody,
      responses: { 200: budgetAnswer },
      handler: (ctx) =>
        ctx.write(async (tx) => {
          const { limit_usd: limit, mode, enabled } = ctx.body;
          const ref = { workspaceId: ctx.workspace.id, budgetId: ctx.params.budgetId };
          return ok(toAnswer(await updateBudget(tx, ref, { limit, mode, enabled }, ctx.actor)));
        }),
    }),
    defineRoute({
      method: 'DELETE',
      url: `${url}/:budgetId`,
      operationId: 'deleteBudget',
      summary: 'Delete a budget',
      tags,
      authority: manage,
      params: budgetParams,
      responses: { 204: z.null() },
      handler: (ctx) =>
        ctx.write(async (tx) => {
          await deleteBudget(tx, { workspaceId: ctx.workspace.id, budgetId: ctx.params.budgetId }, ctx.actor);
          return noContent();
        }),
    }),
  ];
}
