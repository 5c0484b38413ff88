import { NO_CREW } from '../../../domain/money/ledger/cost-record.ts';
import { notFound } from '../../../domain/kernel/errors/crewship-error.ts';
import type { ReadPool } from '../../kernel/read-pool.ts';
import { type Fragment, sql } from '../../kernel/sql.ts';

/** RFC 3339; `until` is exclusive, and null all that there is. */
export interface SpendWindow {
  readonly since: string;
  readonly until: string | null;
}

interface Counted {
  readonly cost_usd: string;
  readonly call_count: number;
  readonly input_tokens: number;
  readonly output_tokens: number;
}

const counted = sql.fragment`
  (sum(s.cost_micros) / 1000000)::numeric(30, 6)::text AS cost_usd, sum(s.call_count)::bigint AS call_count,
  least(sum(s.input_tokens), 9007199254740991)::bigint AS input_tokens,
  least(sum(s.output_tokens), 9007199254740991)::bigint AS output_tokens`;

/** Without an end it is that of the present hour, which is then read from the counters like every whole one. */
function endOf({ until }: SpendWindow): Fragment {
  return until === null
    ? sql.fragment`(date_trunc('hour', now(), 'UTC') + interval '1 hour')`
    : sql.fragment`${until}::timestamptz`;
}

/**
 * Metered calls of a window by crew or agent, as rows `s`: whole hours from the counters, and from the ledger the parts
 * of hours at its ends. So a month costs what its hours cost, and still begins and ends to the moment.
 */
function spent(workspaceId: string, kind: 'crew' | 'agent', window: SpendWindow): Fragment {
  const scope = sql.identifier([`${kind}_id`]);
  const since = sql.fragment`${window.since}::timestamptz`;
  const until = endOf(window);
  const firstHour = sql.fragment`date_trunc('hour', ${since} + interval '1 hour' - interval '1 microsecond', 'UTC')`;
  const lastHour = sql.fragment`date_trunc('hour', ${until}, 'UTC')`;
  return sql.fragment`
    SELECT scope_id, crew_id, call_count, input_tokens, output_tokens, cost_micros FROM cost_hours
    WHERE workspace_id = ${workspaceId} AND scope_kind = ${kind} AND call_count > 0
      AND hour >= ${firstHour} AND hour < ${lastHour}
    UNION ALL
    SELECT ${scope}, crew_id, 1, input_tokens, output_tokens, cost_micros FROM cost_ledger
    WHERE workspace_id = ${workspaceId} AND billing_mode = 'metered' AND ${scope} <> ${NO_CREW}
      AND ts >= ${since} AND ts < least(${firstHour}, ${until})
    UNION ALL
    SELECT ${scope}, crew_id, 1, input_tokens, output_tokens, cost_micros FROM cost_ledger
    WHERE workspace_id = ${workspaceId} AND billing_mode = 'metered' AND ${scope} <> ${NO_CREW}
      AND ts >= greatest(${lastHour}, ${firstHour}) AND ts < ${until}`;
}

export function spendByCrew(
  reads: ReadPool,
  workspaceId: string,
  window: SpendWindow,
): Promise<(Counted & { crew_id: string })[]> {
  return reads.any(
    [workspaceId],
    sql`
      SELECT s.scope_id AS crew_id, ${counted} FROM (${spent(workspaceId, 'crew', window)}) s
      GROUP BY s.scope_id ORDER BY sum(s.cost_micros) DESC, s.scope_id`,
  );
}

export function spendByAgent(
  reads: ReadPool,
  workspaceId: string,
  crewId: string,
  window: SpendWindow,
): Promise<(Counted & { agent_id: string })[]> {
  return reads.any(
    [workspaceId],
    sql`
      SELECT s.scope_id AS agent_id, ${counted} FROM (${spent(workspaceId, 'agent', window)}) s
      WHERE s.crew_id = ${crewId} GROUP BY s.scope_id ORDER BY sum(s.cost_micros) DESC, s.scope_id`,
  );
}

export function topSpenders(
  reads: ReadPool,
  workspaceId: string,
  window: SpendWindow,
  limit: number,
): Promise<Pick<Counted & { scope_id: string }, 'scope_id' | 'cost_usd' | 'call_count'>[]> {
  return reads.any(
    [workspaceId],
    sql`
      SELECT s.scope_id, (sum(s.cost_micros) / 1000000)::numeric(30, 6)::text AS cost_usd,
        sum(s.call_count)::bigint AS call_count
      FROM (${spent(workspaceId, 'agent', window)}) s
      GROUP BY s.scope_id ORDER BY sum(s.cost_micros) DESC, s.scope_id ${sql.limit(limit)}`,
  );
}

/** A mission's whole life. Throws `not_found` for a mission that is not the workspace's. */
export async function spendByMission(
  reads: ReadPool,
  workspaceId: string,
  missionId: string,
): Promise<Counted & { mission_id: string; first_ts: string | null; last_ts: string | null }> {
  const row = await reads.maybeOne<Counted & { mission_id: string; first_ts: string | null; last_ts: string | null }>(
    [workspaceId],
    sql`
      SELECT m.id AS mission_id, s.* FROM missions m, LATERAL (
        SELECT (coalesce(sum(h.cost_micros), 0) / 1000000)::numeric(30, 6)::text AS cost_usd,
          coalesce(sum(h.call_count), 0)::bigint AS call_count,
          least(coalesce(sum(h.input_tokens), 0), 9007199254740991)::bigint AS input_tokens,
          least(coalesce(sum(h.output_tokens), 0), 9007199254740991)::bigint AS output_tokens,
          min(h.first_ts) AS first_ts, max(h.last_ts) AS last_ts
        FROM cost_hours h WHERE h.scope_kind = 'mission' AND h.scope_id = m.id AND h.call_count > 0
      ) s WHERE m.id = ${missionId} AND m.workspace_id = ${workspaceId}`,
  );
  if (row === null) throw notFound('mission');
  return row;
}

/** Calls under plans, which cost no money. */
export function subscriptionCalls(
  reads: ReadPool,
  workspaceId: string,
  window: SpendWindow,
): Promise<(Omit<Counted, 'cost_usd'> & { subscription_plan: string; provider: string; last_ts: string })[]> {
  return reads.any(
    [workspaceId],
    sql`
      SELECT subscription_plan, provider, count(*)::bigint AS call_count,
        least(sum(input_tokens), 9007199254740991)::bigint AS input_tokens,
        least(sum(output_tokens), 9007199254740991)::bigint AS output_tokens, max(ts) AS last_ts
      FROM cost_ledger WHERE workspace_id = ${workspaceId} AND billing_mode = 'flat_rate'
        AND ts >= ${window.since}::timestamptz AND ts < ${endOf(window)}
      GROUP BY subscription_plan, provider ORDER BY call_count DESC, subscription_plan, provider`,
  );
}
