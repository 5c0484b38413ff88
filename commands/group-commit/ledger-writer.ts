import { CrewshipError } from '../../domain/kernel/errors/crewship-error.ts';
import { createGroupCommit, type Outcome } from '../../platform/group-commit/group-commit.ts';
import type { Logger } from '../../platform/logging/logger.ts';
import type { Database } from '../../db/kernel/database.ts';
import { type CallScope, type ClaimedScope, createCallScopes } from '../../db/money/ledger/call-scopes.ts';
import { applyLateCost } from '../money/ledger/apply-late-cost.ts';
import { type CostRecord, type OwnCall, recordCosts } from '../money/ledger/record-costs.ts';
import {
  releaseReservation,
  releaseSentCall,
  type Reservation,
  reserveBudgets,
  type ReservationRequest,
} from '../money/ledger/reserve-budgets.ts';
import { createBudgetWatch } from '../money/ledger/watch-budgets.ts';
import { findLateRuns, type LateRun } from '../../db/money/ledger/find-late-runs.ts';

export interface LedgerWriter {
  /** Resolves when the call is durable. Throws `forbidden`, `idempotency_mismatch`, `unavailable`. */
  record(record: Claimed<CostRecord>): Promise<{ readonly id: string }>;
  /** Throws `forbidden`, `budget_exceeded`, `unavailable`. */
  reserve(request: Claimed<ReservationRequest>): Promise<Reservation>;
  /** Gives back what was reserved for a call that cost nothing. One that is not held any more is not missed. */
  release(ref: {
    readonly workspaceId: string;
    readonly crewId: string;
    readonly reservationId: string;
  }): Promise<void>;
  /** The same of a call that was to be sent by this process and was not, or cost nothing. */
  releaseSent(call: { readonly workspaceId: string; readonly crewId: string; readonly callId: string }): Promise<void>;
  /** Accepts nothing more; resolves when all that was accepted is settled. */
  close(): Promise<void>;
}

/** A call whose agent, mission and run are as the caller says; what follows from them is looked up. */
type Claimed<Item> = Omit<Item, 'missionId' | 'taskId' | 'userId' | 'projectId'> & ClaimedScope;

/** For whom a call is: of one of Crewship's own as it says, of an agent's as its run is. */
function whoseOf({ ownCall }: { readonly ownCall?: OwnCall }, scope: CallScope) {
  return {
    userId: ownCall?.userId ?? scope.userId,
    projectId: ownCall?.projectId ?? scope.projectId,
  };
}

/** Large enough for what arrives during a commit at the rates measured; a larger one only makes each answer later. */
const MAX_BATCH = 256;
const MAX_QUEUED = 10_000;
const SWEEP_MS = 30_000;
const LATE_RUNS_PER_SWEEP = 200;

const shareOf = ({ workspaceId }: ClaimedScope) => workspaceId;

/** Whether trying again item by item would meet the same. */
export function isOutage(error: unknown): boolean {
  return error instanceof CrewshipError && error.code === 'unavailable';
}

export function busy(): CrewshipError {
  return new CrewshipError('unavailable', 'too many reports are waiting; try again');
}

/**
 * What a process writes to the ledger: reports and reservations in groups, of all the crews it serves. After a commit
 * it applies what calls cost ended runs, and sweeps at a constant rate for what a dead process left unapplied.
 */
export function createLedgerWriter(deps: { readonly db: Database; readonly log: Pick<Logger, 'warn'> }): LedgerWriter {
  const { db, log } = deps;
  const scopes = createCallScopes(db);
  const budgets = createBudgetWatch(deps);
  let applying: Promise<void> = Promise.resolve();

  function applyLate(runs: readonly LateRun[]): void {
    for (const run of runs) {
      applying = applying
        .then(() => applyLateCost(db, run))
        .catch((error: unknown) => log.warn({ err: error, run_id: run.runId }, 'a late cost waits for the next sweep'));
    }
  }

  async function sweep(): Promise<void> {
    try {
      applyLate(await findLateRuns(db, LATE_RUNS_PER_SWEEP));
    } catch (error) {
      log.warn({ err: error }, 'late costs were not looked for');
    }
  }

  /** The claims that hold, committed together; the others refused. */
  async function withScopes<Item extends ClaimedScope, Proven, Result>(
    items: readonly Item[],
    prove: (item: Item, scope: CallScope) => Proven,
    commit: (proven: readonly Proven[]) => Promise<readonly Outcome<Result>[]>,
  ): Promise<readonly Outcome<Result>[]> {
    const found = await scopes.resolve(items);
    const proven: Proven[] = [];
    for (const [index, scope] of found.entries()) {
      if (!(scope instanceof CrewshipError)) proven.push(prove(items[index]!, scope));
    }
    const committed = proven.length === 0 ? [] : await commit(proven);
    let next = 0;
    return found.map((scope): Outcome<Result> => {
      if (scope instanceof CrewshipError) return { ok: false, error: scope };
      next += 1;
      return committed[next - 1]!;
    });
  }

  const limits = { maxBatch: MAX_BATCH, maxQueued: MAX_QUEUED, isOutage, refusal: busy, shareOf };
  const records = createGroupCommit<Claimed<CostRecord>, { readonly id: string }>({
    ...limits,
    // A second one would wait for the first one's counters, and two halves cost more than a whole.
    maxInFlight: 1,
    commit: (items) =>
      withScopes(
        items,
        (item, scope): CostRecord => ({ ...item, ...scope, ...whoseOf(item, scope) }),
        async (proven) => {
          const recorded = await recordCosts(db, proven);
          applyLate(recorded.late);
          budgets.spentFrom(recorded.budgets);
          return recorded.outcomes;
        },
      ),
  });
  const reservations = createGroupCommit<Claimed<ReservationRequest>, Reservation>({
    ...limits,
    // Those of one budget wait for each other anyway.
    maxInFlight: 1,
    commit: (items) =>
      withScopes(
        items,
        (item, scope): ReservationRequest => ({
          ...item,
          missionId: scope.missionId,
          ...whoseOf(item, scope),
        }),
        (proven) => reserveBudgets(db, proven),
      ),
  });
  const timer = setInterval(() => void sweep(), SWEEP_MS);
  timer.unref();
  void sweep();

  return {
    record: (record) => records.submit(record),
    reserve: (request) => reservations.submit(request),
    async release({ workspaceId, ...ref }) {
      await db.transaction({ workspaceIds: [workspaceId] }, async (tx) => {
        await releaseReservation(tx, ref).catch((error: unknown) => {
          if (!(error instanceof CrewshipError) || error.code !== 'not_found') throw error;
        });
      });
    },
    async releaseSent({ workspaceId, ...call }) {
      await db.transaction({ workspaceIds: [workspaceId] }, (tx) => releaseSentCall(tx, call));
    },
    async close() {
      clearInterval(timer);
      await Promise.all([records.drain(), reservations.drain()]);
      await applying;
      await budgets.close();
    },
  };
}
