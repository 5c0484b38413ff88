import { CrewshipError } from '../../../domain/kernel/errors/crewship-error.ts';
import { createSharedPlaces } from '../../../platform/limits/shared-places.ts';
import type { Logger } from '../../../platform/logging/logger.ts';

/** What a waiter makes of its row: an answer, or how long to wait at most before it looks again by itself. */
export type Verdict<Answer> = { readonly answer: Answer } | { readonly lookAgainInMs: number };

interface WaitRequest<Row, Answer> {
  readonly workspaceId: string;
  readonly id: string;
  /** Called with each reading of the row; null when no such row is in the workspace. What it throws ends the wait. */
  readonly judge: (row: Row | null) => Verdict<Answer>;
  /** Ends the wait with {@link WaitEnd} `timeout` after a last look; omitted: the row alone decides. */
  readonly timeoutMs?: number | undefined;
  /** The client has gone. */
  readonly signal: AbortSignal;
}

export type WaitEnd<Answer> =
  | { readonly kind: 'answer'; readonly answer: Answer }
  | { readonly kind: 'timeout' | 'gone' };

export interface Waiters<Row> {
  /**
   * Waits for an answer. Registers first and then reads, so that nothing falls between. Rejects with `unavailable`
   * when too many wait already, of whom a workspace that waits for little is never kept out by one that waits for all
   * there is, when the registry is closed, and when the row cannot be read at the deadline.
   */
  wait<Answer>(request: WaitRequest<Row, Answer>): Promise<WaitEnd<Answer>>;
  /** The row changed: its waiters look again. */
  wake(id: string): void;
  /** Changes may have been missed: all look again. */
  wakeAll(): void;
  readonly size: number;
  /** Ends every wait with `unavailable`, and every later one: clients ask again elsewhere. */
  close(): void;
}

interface Waiter<Row> {
  readonly workspaceId: string;
  readonly id: string;
  readonly look: (row: Row | null) => void;
  readonly fail: (error: unknown) => void;
  /** By `performance.now()`. */
  readonly endsAtMs: number;
  timer: NodeJS.Timeout | undefined;
  /** Gives its place back. */
  readonly leave: () => void;
}

/** Ids read at once. */
const BATCH_IDS = 1_000;
const READ_RETRY_MS = 500;
const LONGEST_TIMER_MS = 2_147_483_647;

/**
 * Clients that wait for rows to change. A waiter costs a map entry and a timer; readings of all waiters that are due at
 * the same moment are one query per thousand rows, and one batch of queries runs at a time: what becomes due meanwhile
 * is the next batch. Only who is due looks: however many wait for a row already, one more costs one look.
 */
export function createWaiters<Row extends { readonly id: string; readonly workspace_id: string }>(deps: {
  readonly read: (workspaceIds: readonly string[], ids: readonly string[]) => Promise<readonly Row[]>;
  readonly maxWaiters: number;
  readonly log: Pick<Logger, 'warn'>;
}): Waiters<Row> {
  const waiting = new Map<string, Set<Waiter<Row>>>();
  /** Who looks next, by row; `all` who wait for it. */
  let due = new Map<string, Set<Waiter<Row>> | 'all'>();
  const places = createSharedPlaces(deps.maxWaiters);
  let isReading = false;
  let isClosed = false;

  function remove(waiter: Waiter<Row>): void {
    clearTimeout(waiter.timer);
    const others = waiting.get(waiter.id);
    if (!others?.delete(waiter)) return;
    waiter.leave();
    if (others.size === 0) waiting.delete(waiter.id);
  }

  function lookSoon(id: string, who: Waiter<Row> | 'all'): void {
    const others = due.get(id);
    if (who === 'all') due.set(id, 'all');
    else if (others === undefined) due.set(id, new Set([who]));
    else if (others !== 'all') others.add(who);
    if (isReading) return;
    isReading = true;
    setImmediate(() => void readDue());
  }

  async function readDue(): Promise<void> {
    while (due.size > 0) {
      const looking = [...due];
      due = new Map();
      for (let from = 0; from < looking.length; from += BATCH_IDS) {
        await readBatch(looking.slice(from, from + BATCH_IDS));
      }
    }
    isReading = false;
  }

  async function readBatch(looking: readonly (readonly [string, Set<Waiter<Row>> | 'all'])[]): Promise<void> {
    // Those who register while the query runs may not trust its answer: they are due again by their own registration.
    const asked = new Map(
      looking.map(([id, who]) => [id, who === 'all' ? [...(waiting.get(id) ?? [])] : [...who]] as const),
    );
    const ids = [...asked.keys()];
    const wanted = ids.filter((id) => asked.get(id)!.length > 0);
    if (wanted.length === 0) return;
    const workspaceIds = [
      ...new Set(wanted.flatMap((id) => asked.get(id)!.map((waiter) => waiter.workspaceId))),
    ].sort();
    let rows: Map<string, Row>;
    try {
      rows = new Map((await deps.read(workspaceIds, wanted)).map((row) => [row.id, row]));
    } catch (error) {
      deps.log.warn({ err: error, ids: wanted.length }, 'rows that clients wait for could not be read');
      retryLater(
        wanted.flatMap((id) => asked.get(id)!),
        error,
      );
      return;
    }
    for (const id of wanted) {
      const row = rows.get(id);
      for (const waiter of asked.get(id)!) {
        waiter.look(row !== undefined && row.workspace_id === waiter.workspaceId ? row : null);
      }
    }
  }

  function retryLater(waiters: readonly Waiter<Row>[], error: unknown): void {
    for (const waiter of waiters) {
      if (performance.now() >= waiter.endsAtMs)
        waiter.fail(new CrewshipError('unavailable', 'try again', { cause: error }));
      else arm(waiter, READ_RETRY_MS);
    }
  }

  function arm(waiter: Waiter<Row>, inMs: number): void {
    wakeAt(waiter, Math.min(performance.now() + inMs, waiter.endsAtMs));
  }

  /** Timers count from the time their event loop turn began, so a busy one fires too soon: it then sleeps the rest. */
  function wakeAt(waiter: Waiter<Row>, atMs: number): void {
    clearTimeout(waiter.timer);
    const leftMs = atMs - performance.now();
    if (leftMs <= 0) lookSoon(waiter.id, waiter);
    else waiter.timer = setTimeout(wakeAt, Math.min(Math.ceil(leftMs), LONGEST_TIMER_MS), waiter, atMs);
  }

  function wait<Answer>(request: WaitRequest<Row, Answer>): Promise<WaitEnd<Answer>> {
    return new Promise((resolve, reject) => {
      if (request.signal.aborted) {
        resolve({ kind: 'gone' });
        return;
      }
      if (isClosed) throw new CrewshipError('unavailable', 'this process is shutting down; ask again');
      const place = places.take(request.workspaceId);
      if (place === null) throw new CrewshipError('unavailable', 'too many clients wait here; ask again');
      const end = (settle: () => void) => {
        remove(waiter);
        request.signal.removeEventListener('abort', leave);
        settle();
      };
      const leave = () => end(() => resolve({ kind: 'gone' }));
      const waiter: Waiter<Row> = {
        workspaceId: request.workspaceId,
        id: request.id,
        endsAtMs: performance.now() + (request.timeoutMs ?? Number.POSITIVE_INFINITY),
        timer: undefined,
        leave: place,
        fail: (error) => end(() => reject(error)),
        look(row) {
          // The waiter may have left while its row was being read.
          if (!waiting.get(request.id)?.has(waiter)) return;
          let verdict: Verdict<Answer>;
          try {
            verdict = request.judge(row);
          } catch (error) {
            waiter.fail(error);
            return;
          }
          if ('answer' in verdict) end(() => resolve({ kind: 'answer', answer: verdict.answer }));
          else if (performance.now() >= waiter.endsAtMs) end(() => resolve({ kind: 'timeout' }));
          else arm(waiter, verdict.lookAgainInMs);
        },
      };
      request.signal.addEventListener('abort', leave, { once: true });
      const others = waiting.get(request.id);
      if (others === undefined) waiting.set(request.id, new Set([waiter]));
      else others.add(waiter);
      lookSoon(request.id, waiter);
    });
  }

  return {
    wait,
    wake(id) {
      if (waiting.has(id)) lookSoon(id, 'all');
    },
    wakeAll() {
      for (const id of waiting.keys()) lookSoon(id, 'all');
    },
    get size() {
      return places.taken;
    },
    close() {
      isClosed = true;
      for (const set of [...waiting.values()]) {
        for (const waiter of [...set])
          waiter.fail(new CrewshipError('unavailable', 'this process is shutting down; ask again'));
      }
    },
  };
}
