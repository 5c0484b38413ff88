import { z } from 'zod';
import { BUDGET_UNITS } from '../../../domain/money/ledger/budget.ts';
import { BILLING_MODES, MAX_TOKENS } from '../../../domain/money/ledger/cost-record.ts';
import { idField, timeField } from '../../http/kernel/fields.ts';
import { optionalId, optionalText } from '../../crew-side/caller/optional-fields.ts';

const tokens = z
  .int()
  .max(MAX_TOKENS)
  .nullish()
  .transform((count) => Math.max(0, count ?? 0));

const billingMode = z
  .union([z.literal(''), z.enum(BILLING_MODES)], { error: `must be ${BILLING_MODES.join(' or ')}` })
  .nullish()
  .transform((mode) => mode || 'metered');

const usageMembers = {
  provider: z.string().trim().min(1).max(64),
  model: z.string().trim().min(1).max(128),
  agent_id: optionalId,
  mission_id: optionalId,
  input_tokens: tokens,
  output_tokens: tokens,
  cached_input_tokens: tokens,
  cache_creation_tokens: tokens,
  billing_mode: billingMode,
  call_id: optionalText(128).describe('the call’s own id: repeated with it, it is the same one'),
};

/** Unknown members are ignored: sidecars older and newer than this process live beside it. */
export const costRecordBody = z
  .object({
    workspace_id: idField.describe('the caller’s: the token decides, and another is refused'),
    ...usageMembers,
    subscription_plan: optionalText(100),
    quota_remaining_pct: z
      .number()
      .min(0)
      .max(1)
      .nullish()
      .transform((pct) => pct ?? null),
    quota_window: optionalText(100),
    had_status_429: z
      .boolean()
      .nullish()
      .transform((had) => had ?? false),
    usage_is_estimate: z
      .boolean()
      .nullish()
      .transform((is) => is ?? false)
      .describe('the provider did not say what the call used: the tokens are a guess'),
    reservation_id: optionalId.describe('what was reserved for the call, settled by this report'),
  })
  .refine((call) => call.billing_mode !== 'flat_rate' || call.subscription_plan !== null, {
    path: ['subscription_plan'],
    message: 'is required with flat_rate',
  });

export const costRecordAnswer = z.object({ id: z.string() });

export const reservationBody = z.object({
  ...usageMembers,
  ttl_seconds: z.int().min(5).max(3_600).default(600),
});

const warningAnswer = z.object({
  budget_id: z.string(),
  scope_kind: z.string(),
  scope_id: z.string(),
  window: z.string(),
  unit: z.enum(BUDGET_UNITS),
  spent_usd: z.string().optional().describe('of a budget in US dollars'),
  limit_usd: z.string().optional(),
  spent_tokens: z.string().optional().describe('of one in tokens'),
  limit_tokens: z.string().optional(),
  util_pct: z.number(),
});

export const reservationAnswer = z.object({
  reservation_id: z.string().nullable().describe('null: no budget counts this call'),
  amount_usd: z.string(),
  expires_at: timeField.nullable(),
  warnings: z.array(warningAnswer).describe('budgets that warn: most of them is spent'),
});

export const reservationParams = z.object({ reservationId: idField });
