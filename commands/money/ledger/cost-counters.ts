import type { BudgetScope } from '../../../domain/money/ledger/budget.ts';
import { NO_CREW, tokensOf } from '../../../domain/money/ledger/cost-record.ts';
import { sql } from '../../../db/kernel/sql.ts';
import type { Tx } from '../../../db/kernel/transaction.ts';
import type { NewRecord, RecordedCosts } from './record-costs.ts';
import type { LateRun } from '../../../db/money/ledger/find-late-runs.ts';

interface Sum {
  call_count: number;
  input_tokens: number;
  output_tokens: number;
  token_count: number;
  cost_micros: number;
}

function add(sum: Sum, { call: { usage }, price }: NewRecord): void {
  sum.call_count += 1;
  sum.input_tokens += usage.inputTokens;
  sum.output_tokens += usage.outputTokens;
  sum.token_count += tokensOf(usage);
  sum.cost_micros += price.costMicros;
}

/** Only metered calls count as spent: a plan's cost nobody money. Its tokens are tokens all the same. */
function addToScope(sum: Sum, record: NewRecord): void {
  if (record.call.billingMode === 'metered') add(sum, record);
  else sum.token_count += tokensOf(record.call.usage);
}

/** One sum a key, whatever the number of records. */
function sums<Key extends object>(
  records: readonly NewRecord[],
  keysOf: (record: NewRecord) => readonly Key[],
  addTo = add,
): (Key & Sum)[] {
  const byKey = new Map<string, Key & Sum>();
  for (const record of records) {
    for (const key of keysOf(record)) {
      const name = Object.values(key).join(' ');
      let sum = byKey.get(name);
      if (sum === undefined) {
        sum = { ...key, call_count: 0, input_tokens: 0, output_tokens: 0, token_count: 0, cost_micros: 0 };
        byKey.set(name, sum);
      }
      addTo(sum, record);
    }
  }
  return [...byKey.values()];
}

interface ScopeKey {
  readonly scope_kind: BudgetScope;
  readonly scope_id: string;
  readonly crew_id: string;
  readonly workspace_id: string;
}

/** The scopes that a call counts in. */
function scopesOf({ workspaceId, crewId, missionId, agentId, userId, projectId }: NewRecord): ScopeKey[] {
  const scopes: ScopeKey[] = [
    { scope_kind: 'workspace', scope_id: workspaceId, crew_id: '', workspace_id: workspaceId },
  ];
  if (crewId !== NO_CREW) {
    scopes.push({ scope_kind: 'crew', scope_id: crewId, crew_id: crewId, workspace_id: workspaceId });
  }
  if (missionId !== null) {
    scopes.push({ scope_kind: 'mission', scope_id: missionId, crew_id: crewId, workspace_id: workspaceId });
  }
  if (agentId !== null) {
    scopes.push({ scope_kind: 'agent', scope_id: agentId, crew_id: crewId, workspace_id: workspaceId });
  }
  for (const [scope_kind, scope_id] of [
    ['user', userId],
    ['project', projectId],
  ] as const) {
    if (scope_id !== null) scopes.push({ scope_kind, scope_id, crew_id: '', workspace_id: workspaceId });
  }
  return scopes;
}

/** Moves each counter that the records touch once, in the order of its key, so that two batches cannot deadlock. */
export async function moveCounters(
  tx: Tx,
  records: readonly NewRecord[],
): Promise<Pick<RecordedCosts, 'late' | 'budgets'>> {
  return { late: await moveRuns(tx, records), budgets: await moveHours(tx, records) };
}

async function moveRuns(tx: Tx, records: readonly NewRecord[]): Promise<LateRun[]> {
  const runs = sums(records, ({ runId, workspaceId }) =>
    runId === null ? [] : [{ run_id: runId, workspace_id: workspaceId }],
  );
  if (runs.length === 0) return [];
  const moved = await tx.any<LateRun & { settled: boolean }>(sql`
    INSERT INTO run_costs AS c (run_id, workspace_id, call_count, token_count, cost_micros)
    SELECT run_id, workspace_id, call_count, token_count, cost_micros FROM json_to_recordset(${sql.rows(runs)})
      AS r(run_id text, workspace_id text, call_count bigint, token_count bigint, cost_micros bigint) ORDER BY run_id
    ON CONFLICT (run_id) DO UPDATE SET call_count = c.call_count + excluded.call_count,
      token_count = c.token_count + excluded.token_count, cost_micros = c.cost_micros + excluded.cost_micros
    RETURNING c.run_id AS "runId", c.workspace_id AS "workspaceId", c.settled`);
  return moved.filter(({ settled }) => settled);
}

async function moveHours(tx: Tx, records: readonly NewRecord[]): Promise<RecordedCosts['budgets']> {
  const scopes = sums(records, scopesOf, addToScope);
  if (scopes.length === 0) return [];
  return tx.any(sql`
    WITH moved AS (
      INSERT INTO cost_hours AS h (scope_kind, scope_id, hour, crew_id, workspace_id, call_count, input_tokens,
        output_tokens, token_count, cost_micros, first_ts, last_ts)
      SELECT scope_kind, scope_id, date_trunc('hour', now(), 'UTC'), crew_id, workspace_id, call_count, input_tokens,
        output_tokens, token_count, cost_micros, now(), now()
      FROM json_to_recordset(${sql.rows(scopes)}) AS r(scope_kind text, scope_id text, crew_id text,
        workspace_id text, call_count bigint, input_tokens bigint, output_tokens bigint, token_count bigint,
        cost_micros bigint)
      ORDER BY scope_kind, scope_id, crew_id, workspace_id
      ON CONFLICT (scope_kind, scope_id, hour, crew_id, workspace_id) DO UPDATE SET
        call_count = h.call_count + excluded.call_count, input_tokens = h.input_tokens + excluded.input_tokens,
        output_tokens = h.output_tokens + excluded.output_tokens, token_count = h.token_count + excluded.token_count,
        cost_micros = h.cost_micros + excluded.cost_micros, first_ts = least(h.first_ts, excluded.first_ts),
        last_ts = greatest(h.last_ts, excluded.last_ts)
      RETURNING scope_kind, scope_id, workspace_id
    )
    SELECT DISTINCT b.id, b.workspace_id AS "workspaceId" FROM moved m
    JOIN budgets b ON b.scope_kind = m.scope_kind AND b.scope_id = m.scope_id AND b.workspace_id = m.workspace_id
    WHERE b.enabled`);
}
