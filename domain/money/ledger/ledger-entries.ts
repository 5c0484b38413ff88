import { type ChangedFields, entryKind } from '../../kernel/journal/entry-kind.ts';
import type { BudgetMode, BudgetScope, BudgetState, BudgetUnit, BudgetWindow } from './budget.ts';
import type { BillingMode, CostConfidence, QuotaVerdict } from './cost-record.ts';

type Tokens = {
  readonly input_tokens: number;
  readonly output_tokens: number;
  readonly cached_input_tokens: number;
  readonly cache_creation_tokens: number;
};

type Cost = {
  readonly provider: string;
  readonly model: string;
  readonly cost_usd: string;
  readonly cost_confidence: CostConfidence;
  /** Whether the rate card names the model. */
  readonly rate_known: boolean;
  readonly ledger_id: string;
};

/** What is left of a provider's quota, as far as its headers say. */
export type Quota = { readonly quota_remaining_pct?: number; readonly quota_window?: string };

/** Of a call that the control plane makes itself: what for, and for whom. */
export type OwnCallPayload = {
  readonly purpose?: string;
  readonly user_id?: string;
  readonly project_id?: string;
  readonly job_id?: string;
};

type LedgerCall = Cost &
  Tokens &
  Quota &
  OwnCallPayload & { readonly billing_mode: BillingMode; readonly subscription_plan?: string };

/** What was refused for want of money. */
export type BudgetRefusal = {
  readonly reason?: 'reservation_refused';
  readonly refused_usd?: string;
  readonly refused_tokens?: string;
};

type BudgetFigures = {
  readonly budget_id: string;
  readonly scope_kind: BudgetScope;
  readonly scope_id: string;
  readonly window: BudgetWindow;
  readonly mode: BudgetMode;
  readonly unit: BudgetUnit;
  /** Of one in US dollars. */
  readonly spent_usd?: string;
  readonly reserved_usd?: string;
  readonly limit_usd?: string;
  /** Of one in tokens. */
  readonly spent_tokens?: string;
  readonly reserved_tokens?: string;
  readonly limit_tokens?: string;
  readonly util_pct: number;
  readonly state: BudgetState;
} & BudgetRefusal;

/** The provider's own limit, not a budget's. */
type ProviderQuota = Quota & {
  readonly reason: QuotaVerdict['reason'];
  readonly provider: string;
  readonly model: string;
  readonly ledger_id: string;
  readonly http_status?: number;
};

/** What is written when: docs/contracts/ledger.md, Cost record and, of money, Budgets. */
export const ledgerEntries = {
  /** One for each call, however many tell of it. */
  'llm.call': entryKind<LedgerCall>(),
  /** Kept answers of models were dropped: by what they were chosen, and how many. */
  'cache.invalidated': entryKind<{
    readonly by: 'all' | 'agent' | 'namespace' | 'model' | 'older_than_s';
    readonly invalidated: number;
  }>(),
  'llm.cache_hit': entryKind<{
    readonly ledger_id: string;
    readonly cached_input_tokens: number;
    readonly input_tokens: number;
  }>(),
  'cost.incurred': entryKind<Cost>(),
  'budget.warning': entryKind<BudgetFigures | ProviderQuota>(),
  'budget.exceeded': entryKind<BudgetFigures | ProviderQuota>(),
};

type BudgetRule = {
  readonly limit_micros?: number;
  readonly limit_tokens?: number;
  readonly mode: BudgetMode;
  readonly enabled: boolean;
};

export const budgetAudits = {
  budget: {
    created: entryKind<BudgetRule>(),
    updated: entryKind<BudgetRule & Partial<ChangedFields>>(),
    deleted: entryKind<BudgetRule>(),
  },
};
