import { CrewshipError, notFound } from '../../../domain/kernel/errors/crewship-error.ts';
import { admits, type Budget, budgetState } from '../../../domain/money/ledger/budget.ts';
import { NO_CREW } from '../../../domain/money/ledger/cost-record.ts';
import { amountText } from '../../../domain/money/ledger/money.ts';
import type { Usage } from '../../../domain/money/ledger/rate-card.ts';
import type { Outcome } from '../../../platform/group-commit/group-commit.ts';
import { newReservationId } from '../../../platform/ids/ids.ts';
import type { Database } from '../../../db/kernel/database.ts';
import { sql } from '../../../db/kernel/sql.ts';
import type { Tx } from '../../../db/kernel/transaction.ts';
import { budgetPayload, journalBudget } from './budget-journal.ts';
import type { OwnCall } from './record-costs.ts';
import { type BudgetRow, selectBudgets } from '../../../db/money/ledger/budget-usage.ts';

/** A call that is about to be made: the most it can cost and whose it is; the scope is proven. */
export interface ReservationRequest {
  readonly workspaceId: string;
  readonly crewId: string;
  readonly agentId: string | null;
  readonly missionId: string | null;
  /** For whom and for which project, where it is known. */
  readonly userId: string | null;
  readonly projectId: string | null;
  readonly amountMicros: number;
  readonly amountTokens: number;
  readonly ttlMs: number;
  /** Repeated with the same id, it is the same reservation. */
  readonly callId: string | null;
  /** Of a call that the control plane makes itself. */
  readonly ownCall?: OwnCall;
  /** Of a call that this process is about to send: it is under way from the commit on, whatever counts it. */
  readonly sending?: SentCall;
}

export interface Reservation {
  /** Null: no budget counts this call, there is nothing to settle. */
  readonly id: string | null;
  readonly amountMicros: number;
  readonly expiresAt: string | null;
  /** Budgets of which most is spent. */
  readonly warnings: readonly ReturnType<typeof budgetPayload>[];
}

/** What becomes of a call whose process dies: docs/contracts/ledger.md, Calls that the host carries. */
export interface SentCall {
  readonly callId: string;
  readonly meterId: string;
  readonly runId: string | null;
  readonly provider: string;
  readonly model: string;
  readonly most: Pick<Usage, 'inputTokens' | 'outputTokens'>;
  readonly subscriptionPlan: string | null;
}

const NOTHING_HELD: Reservation = { id: null, amountMicros: 0, expiresAt: null, warnings: [] };

/** A budget while room is given out. */
type Figures = Omit<BudgetRow, 'reserved'> & { reserved: number };

interface HeldRow {
  readonly reservation_id: string;
  readonly crew_id: string;
  readonly call_id: string;
  readonly amount_micros: number;
  readonly expires_at: string;
}

interface NewHold {
  readonly reservation_id: string;
  readonly budget_id: string;
  readonly workspace_id: string;
  readonly crew_id: string;
  readonly call_id: string | null;
  readonly amount_micros: number;
  readonly amount_tokens: number;
  readonly ttl_ms: number;
}

const scopesOf = ({ workspaceId, ...request }: ReservationRequest) =>
  [
    ['workspace', workspaceId] as const,
    ['crew', request.crewId === NO_CREW ? null : request.crewId] as const,
    ['mission', request.missionId] as const,
    ['agent', request.agentId] as const,
    ['user', request.userId] as const,
    ['project', request.projectId] as const,
  ].flatMap(([kind, id]) => (id === null ? [] : [{ workspace_id: workspaceId, kind, id }]));
/** Of its workspace: people are in several. */
const scopeName = (workspaceId: string, kind: string, id: string): string => `${workspaceId} ${kind} ${id}`;
/** What a call would take of a budget. */
const amountFor = ({ unit }: Pick<Budget, 'unit'>, request: ReservationRequest): number =>
  unit === 'usd' ? request.amountMicros : request.amountTokens;
const callName = (crewId: string, callId: string): string => `${crewId} ${callId}`;

/**
 * Reserves for calls of however many workspaces in one transaction, in the order they came. Budgets are locked in the
 * order of their ids before their figures are read, so that of parallel calls none sees room that another one takes.
 * A call that a budget has no room for is refused with `budget_exceeded`; the others are not affected.
 */
export async function reserveBudgets(
  db: Database,
  requests: readonly ReservationRequest[],
): Promise<readonly Outcome<Reservation>[]> {
  const workspaceIds = [...new Set(requests.map(({ workspaceId }) => workspaceId))].sort();
  const scopes = [
    ...new Map(
      requests.flatMap(scopesOf).map((scope) => [scopeName(scope.workspace_id, scope.kind, scope.id), scope]),
    ).values(),
  ];
  const which = sql.fragment`b.enabled AND (b.workspace_id, b.scope_kind, b.scope_id) IN (
    SELECT workspace_id, kind, id
    FROM json_to_recordset(${sql.rows(scopes)}) AS r(workspace_id text, kind text, id text))`;
  // Most workspaces have no budget: they are not made to pay for a transaction.
  const some = await db.reads.maybeOne(workspaceIds, sql`SELECT 1 FROM budgets b WHERE ${which} LIMIT 1`);
  if (some === null) {
    if (requests.some(({ sending }) => sending !== undefined)) {
      await db.transaction({ workspaceIds }, (tx) => insertSent(tx, requests, new Map()));
    }
    return requests.map(() => ({ ok: true, result: NOTHING_HELD }));
  }

  return db.transaction({ workspaceIds }, async (tx) => {
    const locked = await tx.any<{ id: string }>(sql`
      SELECT b.id FROM budgets b WHERE ${which} ORDER BY b.id FOR NO KEY UPDATE`);
    const budgetIds = sql.array(
      locked.map(({ id }) => id),
      'text',
    );
    // Holds past their time count for nothing. One that is being settled late right now is left to its report.
    await tx.execute(sql`
      DELETE FROM budget_holds WHERE (reservation_id, budget_id) IN (
        SELECT reservation_id, budget_id FROM budget_holds
        WHERE budget_id = ANY (${budgetIds}) AND expires_at <= clock_timestamp() FOR UPDATE SKIP LOCKED)`);
    const budgets = await tx.any<BudgetRow>(sql`${selectBudgets(sql.fragment`b.id = ANY (${budgetIds})`)} ORDER BY id`);
    const held = await readHeld(tx, requests);
    const figures: Figures[] = budgets.map((budget) => ({ ...budget }));
    const byScope = Map.groupBy(figures, ({ workspaceId, scopeKind, scopeId }) =>
      scopeName(workspaceId, scopeKind, scopeId),
    );
    const holds: NewHold[] = [];
    const refusedBy = new Map<string, number>();
    const made = new Map<string, Reservation>();

    const outcomes = requests.map((request): Outcome<Reservation> => {
      const key = request.callId === null ? null : callName(request.crewId, request.callId);
      const before = key === null ? undefined : (held.get(key) ?? made.get(key));
      if (before !== undefined) return { ok: true, result: before };
      const counted = scopesOf(request).flatMap(
        ({ workspace_id: workspaceId, kind, id }) => byScope.get(scopeName(workspaceId, kind, id)) ?? [],
      );
      if (counted.length === 0) return { ok: true, result: NOTHING_HELD };
      const full = counted.find((budget) => !admits(budget, amountFor(budget, request)));
      if (full !== undefined) {
        const amount = amountFor(full, request);
        refusedBy.set(full.id, amount);
        return { ok: false, error: budgetExceeded(full, amount) };
      }
      const id = newReservationId();
      for (const budget of counted) {
        budget.reserved += amountFor(budget, request);
        holds.push({
          reservation_id: id,
          budget_id: budget.id,
          workspace_id: request.workspaceId,
          crew_id: request.crewId,
          call_id: request.callId,
          amount_micros: request.amountMicros,
          amount_tokens: request.amountTokens,
          ttl_ms: request.ttlMs,
        });
      }
      const result: Reservation = {
        id,
        amountMicros: request.amountMicros,
        expiresAt: null,
        warnings: counted.filter((budget) => budgetState(budget) !== 'ok').map(budgetPayload),
      };
      if (key !== null) made.set(key, result);
      return { ok: true, result };
    });

    const expiries = await insertHolds(tx, holds);
    const reserved = new Map(requests.map((request, index) => [request, outcomes[index]!]));
    await insertSent(
      tx,
      requests.filter((request) => reserved.get(request)!.ok),
      reserved,
    );
    for (const budget of figures) await journalBudget(tx, budget, refusedBy.get(budget.id));
    return outcomes.map((outcome) => {
      const expiresAt = outcome.ok && outcome.result.id !== null ? expiries.get(outcome.result.id) : undefined;
      return outcome.ok && expiresAt !== undefined ? { ok: true, result: { ...outcome.result, expiresAt } } : outcome;
    });
  });
}

async function insertHolds(tx: Tx, holds: readonly NewHold[]): Promise<Map<string, string>> {
  if (holds.length === 0) return new Map();
  const rows = await tx.any<{ id: string; expires_at: string }>(sql`
    INSERT INTO budget_holds (reservation_id, budget_id, workspace_id, crew_id, call_id, amount_micros,
      amount_tokens, expires_at)
    SELECT reservation_id, budget_id, workspace_id, crew_id, call_id, amount_micros, amount_tokens,
      clock_timestamp() + ttl_ms * interval '1 millisecond'
    FROM json_to_recordset(${sql.rows(holds)}) AS r(reservation_id text, budget_id text, workspace_id text,
      crew_id text, call_id text, amount_micros bigint, amount_tokens bigint, ttl_ms bigint)
    RETURNING reservation_id AS id, expires_at`);
  return new Map(rows.map((row) => [row.id, row.expires_at]));
}

/** The calls of these requests are under way. One that is already is left as it is. */
async function insertSent(
  tx: Tx,
  requests: readonly ReservationRequest[],
  reserved: ReadonlyMap<ReservationRequest, Outcome<Reservation>>,
): Promise<void> {
  const calls = requests.flatMap((request) => {
    const { sending, crewId, workspaceId, agentId, amountMicros } = request;
    if (sending === undefined) return [];
    const outcome = reserved.get(request);
    return [
      {
        crew_id: crewId,
        call_id: sending.callId,
        workspace_id: workspaceId,
        meter_id: sending.meterId,
        agent_id: agentId ?? undefined,
        run_id: sending.runId ?? undefined,
        provider: sending.provider,
        model: sending.model,
        reservation_id: (outcome?.ok === true ? outcome.result.id : null) ?? undefined,
        input_tokens: sending.most.inputTokens,
        output_tokens: sending.most.outputTokens,
        amount_micros: amountMicros,
        subscription_plan: sending.subscriptionPlan ?? undefined,
      },
    ];
  });
  if (calls.length === 0) return;
  await tx.execute(sql`
    INSERT INTO calls_under_way (crew_id, call_id, workspace_id, meter_id, agent_id, run_id, provider, model,
      reservation_id, input_tokens, output_tokens, amount_micros, subscription_plan)
    SELECT crew_id, call_id, workspace_id, meter_id, agent_id, run_id, provider, model, reservation_id, input_tokens,
      output_tokens, amount_micros, subscription_plan
    FROM json_to_recordset(${sql.rows(calls)}) AS r(crew_id text, call_id text, workspace_id text, meter_id text,
      agent_id text, run_id text, provider text, model text, reservation_id text, input_tokens bigint,
      output_tokens bigint, amount_micros bigint, subscription_plan text)
    ON CONFLICT (crew_id, call_id) DO NOTHING`);
}

/** Reservations that exist under the calls' ids, by crew and call. */
async function readHeld(tx: Tx, requests: readonly ReservationRequest[]): Promise<Map<string, Reservation>> {
  const keyed = requests.flatMap(({ crewId, callId }) =>
    callId === null ? [] : [{ crew_id: crewId, call_id: callId }],
  );
  if (keyed.length === 0) return new Map();
  const rows = await tx.any<HeldRow>(sql`
    SELECT h.reservation_id, h.crew_id, h.call_id, h.amount_micros, h.expires_at FROM budget_holds h
    JOIN json_to_recordset(${sql.rows(keyed)}) AS r(crew_id text, call_id text)
      ON h.crew_id = r.crew_id AND h.call_id = r.call_id`);
  return new Map(
    rows.map((row) => [
      callName(row.crew_id, row.call_id),
      { id: row.reservation_id, amountMicros: row.amount_micros, expiresAt: row.expires_at, warnings: [] },
    ]),
  );
}

function budgetExceeded(budget: BudgetRow, requested: number): CrewshipError {
  const { util_pct: _, ...figures } = budgetPayload(budget);
  const { scope_kind, window, unit } = figures;
  const amount = amountText(unit, requested);
  return new CrewshipError('budget_exceeded', `the ${scope_kind}’s budget a ${window} has no room for this call`, {
    extensions: {
      ...figures,
      ...(unit === 'usd' ? { requested_usd: amount } : { requested_tokens: amount }),
      resets_at: budget.resetsAt,
    },
  });
}

/**
 * Gives back what was set aside for a call that cost nothing, or was not made. Throws `not_found` for what is not held
 * by this crew, or not any more.
 */
export async function releaseReservation(tx: Tx, ref: { crewId: string; reservationId: string }): Promise<void> {
  const released = await tx.execute(sql`
    DELETE FROM budget_holds WHERE reservation_id = ${ref.reservationId} AND crew_id = ${ref.crewId}`);
  if (released === 0) throw notFound('reservation');
}

/** The same of a call that was to be sent, which is under way no more. Nothing may be left of it already. */
export async function releaseSentCall(tx: Tx, { crewId, callId }: { crewId: string; callId: string }): Promise<void> {
  await tx.execute(sql`DELETE FROM calls_under_way WHERE crew_id = ${crewId} AND call_id = ${callId}`);
  await tx.execute(sql`DELETE FROM budget_holds WHERE crew_id = ${crewId} AND call_id = ${callId}`);
}
