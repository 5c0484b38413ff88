import { systemActor } from '../../../domain/kernel/access/authority.ts';
import { CrewshipError } from '../../../domain/kernel/errors/crewship-error.ts';
import type { NewJournalEntry } from '../../../domain/evidence/journal/new-journal-entry.ts';
import type { OwnCallPayload, Quota } from '../../../domain/money/ledger/ledger-entries.ts';
import { isCacheHit, judgeQuota, type LlmCall, NO_CREW, type Price } from '../../../domain/money/ledger/cost-record.ts';
import { usdText } from '../../../domain/money/ledger/money.ts';
import type { Outcome } from '../../../platform/group-commit/group-commit.ts';
import { newLedgerId } from '../../../platform/ids/ids.ts';
import type { Database } from '../../../db/kernel/database.ts';
import { sql } from '../../../db/kernel/sql.ts';
import type { Tx } from '../../../db/kernel/transaction.ts';
import { moveCounters } from './cost-counters.ts';
import type { LateRun } from '../../../db/money/ledger/find-late-runs.ts';

/** A priced call and whose it is; the scope is proven. */
export interface CostRecord {
  readonly workspaceId: string;
  /** {@link NO_CREW} for a call that the control plane makes for no crew. */
  readonly crewId: string;
  readonly agentId: string | null;
  readonly missionId: string | null;
  readonly taskId: string | null;
  readonly runId: string | null;
  /** For whom and for which project, where it is known. */
  readonly userId: string | null;
  readonly projectId: string | null;
  readonly call: LlmCall;
  readonly price: Price;
  /** The call's own id: a report with the id of another one is that one again. */
  readonly callId: string | null;
  /** What was set aside for the call; the report settles it. */
  readonly reservationId: string | null;
  readonly requestId: string;
  /** Of a call that the control plane makes itself. */
  readonly ownCall?: OwnCall;
  /** Of a call that an API process has sent for a crew: it is under way no more. */
  readonly wasSent?: boolean;
  /** No model was asked: the answer to the same call was kept. */
  readonly isFromCache?: boolean;
}

/** What a call of the control plane's own is for, and for whom. */
export interface OwnCall {
  readonly purpose: string;
  readonly userId: string | null;
  readonly projectId: string | null;
  readonly jobId: string | null;
}

export interface NewRecord extends CostRecord {
  readonly id: string;
}

/** What a commit leaves to be done. */
export interface RecordedCosts {
  readonly outcomes: readonly Outcome<{ readonly id: string }>[];
  /** Ended runs that now cost more. */
  readonly late: readonly LateRun[];
  /** Enabled budgets that the calls count against. */
  readonly budgets: readonly { readonly id: string; readonly workspaceId: string }[];
}

/**
 * Records calls in one transaction, of however many workspaces: rows of the ledger, their journal entries, what they
 * settle, and the counters of every scope, each moved once. A call that was recorded before gets the id it has; another
 * call under its id is refused. Locks are taken in one order: call ids, holds, runs, then hours, which everybody moves
 * and which are therefore locked last, for the time of the commit.
 */
export async function recordCosts(db: Database, records: readonly CostRecord[]): Promise<RecordedCosts> {
  const workspaceIds = [...new Set(records.map(({ workspaceId }) => workspaceId))].sort();
  const rows = records.map((record): NewRecord => ({ ...record, id: newLedgerId() }));
  return db.transaction({ workspaceIds }, async (tx) => {
    const inserted = await insertCalls(tx, rows);
    const fresh = inserted.size === rows.length ? rows : rows.filter(({ id }) => inserted.has(id));
    const repeated = fresh.length === rows.length ? new Map<string, StoredCall>() : await readRepeated(tx, rows);
    for (const record of fresh) for (const entry of entriesOf(record)) tx.journal(entry);
    await tx.writeJournal();
    await settleHolds(tx, rows);
    const { late, budgets } = await moveCounters(tx, fresh);
    return {
      outcomes: rows.map((row) => (inserted.has(row.id) ? done(row.id) : outcomeOfRepeated(row, repeated))),
      late,
      budgets,
    };
  });
}

function done(id: string): Outcome<{ id: string }> {
  return { ok: true, result: { id } };
}

/** Of rows that stand for answers that were kept. */
const ANSWER_CACHE = 'answer_cache';

/** Who has counted the call. */
function sourceOf({ ownCall, wasSent, isFromCache }: Pick<CostRecord, 'ownCall' | 'wasSent' | 'isFromCache'>): string {
  if (isFromCache === true) return ANSWER_CACHE;
  if (ownCall !== undefined) return 'control_plane';
  return wasSent === true ? 'host' : 'sidecar';
}

async function insertCalls(tx: Tx, rows: readonly NewRecord[]): Promise<Set<string>> {
  const values = rows.map(({ call, price, ...row }) => ({
    id: row.id,
    workspace_id: row.workspaceId,
    crew_id: row.crewId,
    agent_id: row.agentId ?? undefined,
    mission_id: row.missionId ?? undefined,
    task_id: row.taskId ?? undefined,
    run_id: row.runId ?? undefined,
    provider: call.provider,
    model: call.model,
    input_tokens: call.usage.inputTokens,
    output_tokens: call.usage.outputTokens,
    cached_input_tokens: call.usage.cachedInputTokens,
    cache_creation_tokens: call.usage.cacheCreationTokens,
    cost_micros: price.costMicros,
    cost_confidence: price.confidence,
    rate_known: price.isRateKnown,
    billing_mode: call.billingMode,
    subscription_plan: call.subscriptionPlan ?? undefined,
    quota_remaining_pct: call.quotaRemainingPct ?? undefined,
    quota_window: call.quotaWindow ?? undefined,
    input_rate: price.rates.input,
    output_rate: price.rates.output,
    cached_input_rate: price.rates.cachedInput,
    cache_creation_rate: price.rates.cacheCreation,
    call_id: row.callId ?? undefined,
    purpose: row.ownCall?.purpose,
    user_id: row.userId ?? undefined,
    project_id: row.projectId ?? undefined,
    job_id: row.ownCall?.jobId ?? undefined,
    tags: { source: sourceOf(row) },
  }));
  const inserted = await tx.any<{ id: string }>(sql`
    INSERT INTO cost_ledger (id, workspace_id, crew_id, agent_id, mission_id, task_id, run_id, provider, model,
      input_tokens, output_tokens, cached_input_tokens, cache_creation_tokens, cost_micros, cost_confidence, rate_known,
      billing_mode, subscription_plan, quota_remaining_pct, quota_window, input_rate, output_rate, cached_input_rate,
      cache_creation_rate, call_id, purpose, user_id, project_id, job_id, tags)
    SELECT id, workspace_id, crew_id, agent_id, mission_id, task_id, run_id, provider, model, input_tokens,
      output_tokens, cached_input_tokens, cache_creation_tokens, cost_micros, cost_confidence, rate_known,
      billing_mode, subscription_plan, quota_remaining_pct, quota_window, input_rate, output_rate, cached_input_rate,
      cache_creation_rate, call_id, purpose, user_id, project_id, job_id, tags
    FROM json_to_recordset(${sql.rows(values)}) AS r(id text, workspace_id text, crew_id text, agent_id text,
      mission_id text, task_id text, run_id text, provider text, model text, input_tokens bigint, output_tokens bigint,
      cached_input_tokens bigint, cache_creation_tokens bigint, cost_micros bigint, cost_confidence text,
      rate_known boolean, billing_mode text, subscription_plan text, quota_remaining_pct double precision,
      quota_window text, input_rate bigint, output_rate bigint, cached_input_rate bigint, cache_creation_rate bigint,
      call_id text, purpose text, user_id text, project_id text, job_id text, tags jsonb)
    ORDER BY crew_id, call_id
    ON CONFLICT (crew_id, call_id) WHERE call_id IS NOT NULL DO NOTHING RETURNING id`);
  return new Set(inserted.map(({ id }) => id));
}

interface StoredCall {
  readonly id: string;
  readonly crew_id: string;
  readonly call_id: string;
  readonly provider: string;
  readonly model: string;
  readonly billing_mode: string;
  readonly tokens: readonly number[];
}

const keyOf = (crewId: string, callId: string | null): string => `${crewId} ${callId}`;

/** Rows that were there before, by crew and call. A statement of its own: it sees what the insert had to wait for. */
async function readRepeated(tx: Tx, rows: readonly NewRecord[]): Promise<Map<string, StoredCall>> {
  const keyed = rows.filter(({ callId }) => callId !== null);
  const found = await tx.any<StoredCall>(sql`
    SELECT l.id, l.crew_id, l.call_id, l.provider, l.model, l.billing_mode,
      jsonb_build_array(l.input_tokens, l.output_tokens, l.cached_input_tokens, l.cache_creation_tokens) AS tokens
    FROM cost_ledger l JOIN json_to_recordset(${sql.rows(
      keyed.map(({ crewId, callId }) => ({ crew_id: crewId, call_id: callId })),
    )}) AS r(crew_id text, call_id text) ON l.crew_id = r.crew_id AND l.call_id = r.call_id`);
  return new Map(found.map((row) => [keyOf(row.crew_id, row.call_id), row]));
}

function outcomeOfRepeated(row: NewRecord, repeated: ReadonlyMap<string, StoredCall>): Outcome<{ id: string }> {
  const stored = repeated.get(keyOf(row.crewId, row.callId))!;
  const { usage } = row.call;
  const tokens = [usage.inputTokens, usage.outputTokens, usage.cachedInputTokens, usage.cacheCreationTokens];
  const same =
    stored.provider === row.call.provider &&
    stored.model === row.call.model &&
    stored.billing_mode === row.call.billingMode &&
    tokens.every((count, index) => count === stored.tokens[index]);
  if (same) return done(stored.id);
  return { ok: false, error: new CrewshipError('idempotency_mismatch', 'another call was recorded under this id') };
}

/** What was set aside for these calls is free again: in the commit that says what they really cost. */
async function settleHolds(tx: Tx, rows: readonly NewRecord[]): Promise<void> {
  const sent = rows.filter(({ wasSent }) => wasSent === true);
  if (sent.length > 0) {
    await tx.execute(sql`
      DELETE FROM calls_under_way u USING json_to_recordset(${sql.rows(
        sent.map(({ crewId, callId }) => ({ crew_id: crewId, call_id: callId })),
      )}) AS r(crew_id text, call_id text) WHERE u.crew_id = r.crew_id AND u.call_id = r.call_id`);
  }
  const reserved = rows.filter(({ reservationId }) => reservationId !== null);
  if (reserved.length === 0) return;
  await tx.execute(sql`
    DELETE FROM budget_holds h USING json_to_recordset(${sql.rows(
      reserved.map(({ reservationId, crewId }) => ({ id: reservationId, crew_id: crewId })),
    )}) AS r(id text, crew_id text) WHERE h.reservation_id = r.id AND h.crew_id = r.crew_id`);
}

function ownCallOf({ purpose, userId, projectId, jobId }: OwnCall): OwnCallPayload {
  return {
    purpose,
    ...(userId === null ? {} : { user_id: userId }),
    ...(projectId === null ? {} : { project_id: projectId }),
    ...(jobId === null ? {} : { job_id: jobId }),
  };
}

/** The entries of a call (docs/contracts/ledger.md, Cost record). */
function entriesOf(record: NewRecord): NewJournalEntry[] {
  const { call, price } = record;
  const { usage } = call;
  const common = {
    actor: { ...systemActor(), requestId: record.requestId },
    workspaceId: record.workspaceId,
    crewId: record.crewId === NO_CREW ? null : record.crewId,
    agentId: record.agentId,
    missionId: record.missionId,
    taskId: record.taskId,
    refs: { ledger_id: record.id },
    traceId: record.runId,
  };
  const cost = {
    provider: call.provider,
    model: call.model,
    cost_usd: usdText(price.costMicros),
    cost_confidence: price.confidence,
    rate_known: price.isRateKnown,
    ledger_id: record.id,
  };
  const quota: Quota = {
    ...(call.quotaRemainingPct === null ? {} : { quota_remaining_pct: call.quotaRemainingPct }),
    ...(call.quotaWindow === null ? {} : { quota_window: call.quotaWindow }),
  };
  const name = `${call.provider}/${call.model}`;
  const fromCache = {
    ledger_id: record.id,
    cached_input_tokens: usage.cachedInputTokens,
    input_tokens: usage.inputTokens,
  };
  if (record.isFromCache === true) {
    return [{ ...common, type: 'llm.cache_hit', summary: `${name}: an answer that was kept`, payload: fromCache }];
  }
  const entries: NewJournalEntry[] = [
    {
      ...common,
      type: 'llm.call',
      summary: `${name}: ${usage.inputTokens} tokens in, ${usage.outputTokens} out`,
      payload: {
        ...cost,
        input_tokens: usage.inputTokens,
        output_tokens: usage.outputTokens,
        cached_input_tokens: usage.cachedInputTokens,
        cache_creation_tokens: usage.cacheCreationTokens,
        billing_mode: call.billingMode,
        ...(record.ownCall === undefined ? {} : ownCallOf(record.ownCall)),
        ...(call.subscriptionPlan === null ? {} : { subscription_plan: call.subscriptionPlan }),
        ...quota,
      },
    },
  ];
  if (isCacheHit(usage)) {
    entries.push({
      ...common,
      type: 'llm.cache_hit',
      summary: `${name}: ${usage.cachedInputTokens} tokens from the cache`,
      payload: fromCache,
    });
  }
  if (price.costMicros > 0) {
    entries.push({ ...common, type: 'cost.incurred', summary: `${name}: $${cost.cost_usd}`, payload: cost });
  }
  const verdict = judgeQuota(call);
  if (verdict !== null) {
    entries.push({
      ...common,
      type: verdict.type,
      severity: verdict.type === 'budget.exceeded' ? 'error' : 'warn',
      summary: `${name}: the provider’s quota is ${verdict.reason === 'quota_low' ? 'running low' : 'exhausted'}`,
      payload: {
        reason: verdict.reason,
        provider: call.provider,
        model: call.model,
        ledger_id: record.id,
        ...quota,
        ...(call.hadStatus429 ? { http_status: 429 } : {}),
      },
    });
  }
  return entries;
}
