import { z } from 'zod';
import { BUDGET_MODES, BUDGET_SCOPES, BUDGET_WINDOWS } from '../../../domain/money/ledger/budget.ts';
import { microsOfUsd } from '../../../domain/money/ledger/money.ts';
import { idField, timeField } from '../../http/kernel/fields.ts';
import { pageQuery } from '../../http/kernel/pagination.ts';

/** Money is read as decimal text, also where a caller writes a number: never as a float. */
const dollars = z
  .union([z.string(), z.number()])
  .transform((given, context) => {
    const micros = microsOfUsd(String(given));
    if (micros !== null && micros > 0) return micros;
    context.addIssue({ code: 'custom', message: 'must be US dollars above 0, at most nine digits and six decimals' });
    return z.NEVER;
  })
  .describe('US dollars, up to six decimals, best as text');

export const newBudgetBody = z
  .strictObject({
    scope_kind: z.enum(BUDGET_SCOPES),
    scope_id: idField.optional().describe('may be left out for the workspace itself'),
    window: z.enum(BUDGET_WINDOWS).describe('UTC, weeks from Monday; `mission` is a mission’s whole life'),
    limit_usd: dollars,
    mode: z
      .enum(BUDGET_MODES)
      .default('tiered')
      .describe('soft warns from 80 %, hard refuses at 100 %, tiered does both'),
    enabled: z.boolean().default(true),
  })
  .superRefine((budget, context) => {
    if (budget.window === 'mission' && budget.scope_kind !== 'mission') {
      context.addIssue({ code: 'custom', path: ['window'], message: 'mission is for the scope mission' });
    }
    if (budget.scope_kind !== 'workspace' && budget.scope_id === undefined) {
      context.addIssue({ code: 'custom', path: ['scope_id'], message: 'is required' });
    }
  });

export const budgetPatchBody = z.strictObject({
  limit_usd: dollars.optional(),
  mode: z.enum(BUDGET_MODES).optional(),
  enabled: z.boolean().optional(),
});

export const budgetParams = z.object({ budgetId: idField });
export const budgetListQuery = z.object({ workspace_id: idField.optional(), ...pageQuery({ defaultLimit: 50 }) });

const usd = z.string().describe('US dollars, six decimals, as text: never a float');

export const budgetAnswer = z.object({
  id: z.string(),
  workspace_id: z.string(),
  scope_kind: z.enum(BUDGET_SCOPES),
  scope_id: z.string(),
  window: z.enum(BUDGET_WINDOWS),
  limit_usd: usd,
  mode: z.enum(BUDGET_MODES),
  enabled: z.boolean(),
  spent_usd: usd.describe('in the present window'),
  reserved_usd: usd.describe('set aside for calls under way'),
  remaining_usd: usd,
  overspent_usd: usd.describe('beyond the limit: a call that cost more than was set aside, or was reported too late'),
  util_pct: z.number().describe('spent of the limit'),
  state: z.enum(['ok', 'warning', 'exceeded']),
  period_start: timeField.nullable(),
  resets_at: timeField.nullable(),
  created_at: timeField,
  updated_at: timeField,
});
