import type { ReadPool } from '../../kernel/read-pool.ts';
import { type Fragment, sql } from '../../kernel/sql.ts';

/** By what calls of models are summed up. */
export const USAGE_GROUPS = ['day', 'model', 'agent', 'user', 'project', 'purpose'] as const;
export type UsageGroup = (typeof USAGE_GROUPS)[number];

interface Usage {
  readonly calls: number;
  readonly input_tokens: number;
  readonly output_tokens: number;
  readonly cost_usd: string;
  readonly cache_hits: number;
}

export interface UsageSummary {
  readonly totals: Usage;
  readonly groups: readonly (Usage & { readonly key: string | null })[];
}

/** Most groups of an answer: a year and a day of days fits. */
export const MAX_GROUPS = 400;

const KEYS: Readonly<Record<UsageGroup, Fragment>> = {
  day: sql.fragment`to_char(l.ts AT TIME ZONE 'UTC', 'YYYY-MM-DD')`,
  model: sql.fragment`l.provider || '/' || l.model`,
  agent: sql.fragment`l.agent_id`,
  user: sql.fragment`l.user_id`,
  project: sql.fragment`l.project_id`,
  purpose: sql.fragment`l.purpose`,
};

// The share at which the journal, too, calls it a hit: docs/contracts/ledger.md, Usage.
const used = sql.fragment`
  count(*) AS calls, least(coalesce(sum(l.input_tokens), 0), 9007199254740991)::bigint AS input_tokens,
  least(coalesce(sum(l.output_tokens), 0), 9007199254740991)::bigint AS output_tokens,
  (coalesce(sum(l.cost_micros), 0) / 1000000)::numeric(30, 6)::text AS cost_usd,
  count(*) FILTER (WHERE l.tags ->> 'source' = 'answer_cache'
    OR l.cached_input_tokens > 0 AND l.cached_input_tokens * 2 >= l.input_tokens) AS cache_hits`;

/**
 * All calls of a window, under plans too, and the groups that cost most; days are in their order. `to` is exclusive.
 * One statement, so that the totals are of the rows that the groups are of.
 */
export async function summariseUsage(
  reads: ReadPool,
  workspaceId: string,
  asked: { readonly from: string; readonly to: string; readonly groupBy: UsageGroup },
): Promise<UsageSummary> {
  const key = KEYS[asked.groupBy];
  const order = asked.groupBy === 'day' ? sql.fragment`key` : sql.fragment`sum(l.cost_micros) DESC, calls DESC, key`;
  const rows = await reads.any<Usage & { readonly key: string | null; readonly is_total: boolean }>(
    [workspaceId],
    sql`
      SELECT ${key} AS key, grouping(${key}) = 1 AS is_total, ${used} FROM cost_ledger l
      WHERE l.workspace_id = ${workspaceId} AND l.ts >= ${asked.from}::timestamptz AND l.ts < ${asked.to}::timestamptz
      GROUP BY GROUPING SETS ((), (${key}))
      ORDER BY is_total DESC, ${order} ${sql.limit(MAX_GROUPS + 1)}`,
  );
  const [total, ...groups] = rows;
  return { totals: usageOf(total!), groups: groups.map((row) => ({ key: row.key, ...usageOf(row) })) };
}

function usageOf({ calls, input_tokens, output_tokens, cost_usd, cache_hits }: Usage): Usage {
  return { calls, input_tokens, output_tokens, cost_usd, cache_hits };
}
