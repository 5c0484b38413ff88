import { z } from 'zod';
import { MOST_BUDGETS } from '../../../commands/money/ledger/budget-commands.ts';
import { replaceBudgets } from '../../../commands/money/ledger/replace-budgets.ts';
import type { Database } from '../../../db/kernel/database.ts';
import { type BudgetSet, selectBudgetSet } from '../../../db/money/ledger/read-budgets.ts';
import { BUDGET_MODES, BUDGET_UNITS, budgetState } from '../../../domain/money/ledger/budget.ts';
import { amountText, microsOfUsd } from '../../../domain/money/ledger/money.ts';
import { idField } from '../../http/kernel/fields.ts';
import { defineRoute, ok, type Route } from '../../http/kernel/route.ts';

const SCOPES = ['workspace', 'crew', 'agent', 'user', 'project'] as const;
const WINDOWS = ['hour', 'day', 'week', 'month'] as const;
const MOST_TOKENS = Number.MAX_SAFE_INTEGER;

const amount = z.string().describe('US dollars with six decimals, or tokens');

const setAnswer = z
  .object({
    budgets: z.array(
      z.object({
        id: z.string(),
        scope: z.enum(SCOPES),
        scope_id: z.string(),
        window: z.enum(WINDOWS),
        unit: z.enum(BUDGET_UNITS),
        limit: amount,
        mode: z.enum(BUDGET_MODES),
        spent: amount.describe('in the present window'),
        reserved: amount.describe('set aside for calls under way'),
        state: z.enum(['ok', 'warning', 'exceeded']),
      }),
    ),
    version: z.int().describe('grows with every change of a budget, whichever way it was made; 0: there was none'),
  })
  .describe('without those of missions, and without those that are switched off');

/** In its unit: as a number or as text, never read as a float. */
function limitIn(unit: 'usd' | 'tokens', given: string | number): number | null {
  const text = String(given);
  if (unit === 'usd') return microsOfUsd(text);
  const count = /^\d{1,16}$/.test(text) ? Number(text) : null;
  return count !== null && count <= MOST_TOKENS ? count : null;
}

const wantedBudget = z
  .strictObject({
    scope: z.enum(SCOPES),
    scope_id: idField.optional().describe('may be left out for the workspace itself'),
    window: z.enum(WINDOWS).describe('UTC, weeks from Monday'),
    unit: z.enum(BUDGET_UNITS).describe('tokens are those of every kind, also of calls that a plan pays'),
    limit: z.union([z.string().max(32), z.number()]).describe('US dollars, up to six decimals, or whole tokens'),
    mode: z.enum(BUDGET_MODES).describe('soft warns from 80 %, hard refuses at 100 %, tiered does both'),
  })
  .transform(({ limit, ...budget }, context) => {
    if (budget.scope !== 'workspace' && budget.scope_id === undefined) {
      context.addIssue({ code: 'custom', path: ['scope_id'], message: 'is required' });
      return z.NEVER;
    }
    const read = limitIn(budget.unit, limit);
    if (read !== null && read > 0) return { ...budget, limit: read };
    const message =
      budget.unit === 'usd'
        ? 'must be US dollars above 0, at most nine digits and six decimals'
        : 'must be a whole number of tokens above 0';
    context.addIssue({ code: 'custom', path: ['limit'], message });
    return z.NEVER;
  });

const setBody = z
  .strictObject({
    budgets: z
      .array(wantedBudget)
      .max(100)
      .superRefine((budgets, context) => {
        const seen = new Set<string>();
        for (const [index, { scope, scope_id, window, unit }] of budgets.entries()) {
          const name = `${scope} ${scope === 'workspace' ? '' : scope_id} ${window} ${unit}`;
          if (seen.has(name)) context.addIssue({ code: 'custom', path: [index], message: 'is there twice' });
          seen.add(name);
        }
      })
      .describe('one a scope, window and unit'),
    version: z.int().min(0).describe('the one that was read'),
  })
  .meta({
    example: {
      budgets: [{ scope: 'workspace', window: 'day', unit: 'tokens', limit: '2000000', mode: 'tiered' }],
      version: 0,
    },
  });

function toAnswer({ version, budgets }: BudgetSet) {
  return {
    budgets: budgets.map((budget) => ({
      id: budget.id,
      scope: budget.scopeKind as (typeof SCOPES)[number],
      scope_id: budget.scopeId,
      window: budget.window as (typeof WINDOWS)[number],
      unit: budget.unit,
      limit: amountText(budget.unit, budget.limit),
      mode: budget.mode,
      spent: amountText(budget.unit, budget.spent),
      reserved: amountText(budget.unit, budget.reserved),
      state: budgetState(budget),
    })),
    version,
  };
}

/** A workspace's budgets as one document: docs/contracts/ledger.md, Budgets. */
export function createTokenBudgetRoutes(deps: { readonly database: Pick<Database, 'reads'> }): Route[] {
  const { reads } = deps.database;
  const tags = ['Administration'];
  const authority = { access: 'member', action: 'manage', scope: 'workspace:admin' } as const;
  const url = '/api/v1/admin/llm-config/token-budget';
  return [
    defineRoute({
      method: 'GET',
      url,
      operationId: 'getTokenBudget',
      summary: 'Show the workspace’s budgets, of money and of tokens, with what is spent of them',
      tags,
      authority,
      responses: { 200: setAnswer },
      handler: async (ctx) => {
        const { id } = ctx.workspace;
        return ok(toAnswer((await reads.maybeOne<BudgetSet>([id], selectBudgetSet(id, MOST_BUDGETS)))!));
      },
    }),
    defineRoute({
      method: 'PUT',
      url,
      operationId: 'putTokenBudget',
      summary: 'Set the workspace’s budgets, in place of all that it has',
      description:
        'A budget of the same scope, window and unit stays, with what is spent of it. In force for the next call. ' +
        'Budgets of missions, and those that are switched off, are left alone.',
      tags,
      authority,
      body: setBody,
      responses: { 200: setAnswer },
      errors: ['version_conflict'],
      handler: (ctx) =>
        ctx.write(async (tx) => {
          const workspaceId = ctx.workspace.id;
          const budgets = ctx.body.budgets.map(({ scope, scope_id: scopeId, ...budget }) => ({
            ...budget,
            scopeKind: scope,
            scopeId: scopeId ?? workspaceId,
          }));
          await replaceBudgets(tx, { workspaceId, budgets, base: ctx.body.version, actor: ctx.actor });
          return ok(toAnswer(await tx.one<BudgetSet>(selectBudgetSet(workspaceId, MOST_BUDGETS))));
        }),
    }),
  ];
}
