import type { Budget } from '../../../domain/money/ledger/budget.ts';
import { type Fragment, sql } from '../../kernel/sql.ts';

/** A budget with the figures of its present period, and whether that period's entries were written. */
export interface BudgetRow extends Budget {
  readonly warned: boolean;
  readonly saidExceeded: boolean;
}

/** Where the present period began; a mission's whole life has no beginning. By the clock of this moment. */
export const periodStart = sql.fragment`
  CASE b.budget_window WHEN 'mission' THEN '-infinity'::timestamptz
    ELSE date_trunc(b.budget_window, clock_timestamp(), 'UTC') END`;

/**
 * `SELECT …` of the budgets `b` that satisfy `which`. Spent and reserved are read by one statement, in which a call is
 * either still reserved or already spent.
 */
export function selectBudgets(which: Fragment): Fragment {
  return sql.fragment`
    SELECT b.id, b.workspace_id AS "workspaceId", b.scope_kind AS "scopeKind", b.scope_id AS "scopeId",
      b.budget_window AS "window", b.unit, coalesce(b.limit_micros, b.limit_tokens) AS "limit", b.mode, b.enabled,
      b.created_at AS "createdAt", b.updated_at AS "updatedAt",
      nullif(b.began, '-infinity') AS "periodStart",
      CASE WHEN b.budget_window <> 'mission' THEN
        (b.began AT TIME ZONE 'UTC' + ('1 ' || b.budget_window)::interval) AT TIME ZONE 'UTC' END AS "resetsAt",
      b.warned_period IS NOT DISTINCT FROM b.began AS warned,
      b.exceeded_period IS NOT DISTINCT FROM b.began AS "saidExceeded",
      (SELECT least(coalesce(sum(CASE b.unit WHEN 'usd' THEN h.cost_micros ELSE h.token_count END), 0),
          9007199254740991)::bigint
        FROM cost_hours h
        WHERE h.scope_kind = b.scope_kind AND h.scope_id = b.scope_id AND h.workspace_id = b.workspace_id
          AND h.hour >= b.began) AS spent,
      (SELECT least(coalesce(sum(CASE b.unit WHEN 'usd' THEN r.amount_micros ELSE r.amount_tokens END), 0),
          9007199254740991)::bigint
        FROM budget_holds r WHERE r.budget_id = b.id AND r.expires_at > clock_timestamp()) AS reserved
    FROM (SELECT b.*, ${periodStart} AS began FROM budgets b WHERE ${which}) b`;
}
