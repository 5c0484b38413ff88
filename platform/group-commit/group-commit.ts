import { createSharedPlaces } from '../limits/shared-places.ts';

/** What one item of a batch came to. */
export type Outcome<Result> =
  | { readonly ok: true; readonly result: Result }
  | { readonly ok: false; readonly error: unknown };

export interface GroupCommit<Item, Result> {
  /**
   * Resolves when the item's batch is durable; rejects with the item's own failure, or at once when the queue is full.
   */
  submit(item: Item): Promise<Result>;
  /** Accepts nothing more and resolves when all that was accepted is settled. */
  drain(): Promise<void>;
}

interface Waiting<Item, Result> {
  readonly item: Item;
  readonly resolve: (result: Result) => void;
  readonly reject: (error: unknown) => void;
  /** Gives its place in the queue back. */
  readonly leave: () => void;
}

/**
 * Gathers what arrives together into one commit. While a batch is being committed the next one gathers, so batches grow
 * with the load and a lone item waits for nobody. A batch that fails as a whole is tried again item by item, so that
 * one poisoned item fails alone; `isOutage` says that the failure is nobody's fault and would meet each of them, and
 * then all fail with it. Who sends very many waits behind themselves: a batch takes one of each share in turn, and the
 * last places of the queue are for those who hold few.
 */
export function createGroupCommit<Item, Result>(options: {
  /** Commits the items and says what each came to, in their order. Throws when nothing was committed. */
  readonly commit: (items: readonly Item[]) => Promise<readonly Outcome<Result>[]>;
  readonly maxBatch: number;
  /** Batches under way at once. */
  readonly maxInFlight: number;
  readonly maxQueued: number;
  /** Whose an item is; those of one share keep their order. */
  readonly shareOf: (item: Item) => string;
  readonly isOutage: (error: unknown) => boolean;
  /** The refusal when the queue is full or closed. */
  readonly refusal: () => Error;
}): GroupCommit<Item, Result> {
  const queues = new Map<string, Waiting<Item, Result>[]>();
  const places = createSharedPlaces(options.maxQueued);
  let inFlight = 0;
  let scheduled = false;
  let closed = false;
  let whenEmpty: (() => void)[] = [];

  function schedule(): void {
    if (scheduled || inFlight >= options.maxInFlight || queues.size === 0) return;
    scheduled = true;
    // After the I/O of this turn: requests that were read together are committed together.
    setImmediate(() => {
      scheduled = false;
      start();
    });
  }

  function takeBatch(): Waiting<Item, Result>[] {
    const batch: Waiting<Item, Result>[] = [];
    for (let next = queues.entries().next(); !next.done && batch.length < options.maxBatch; ) {
      const [share, own] = next.value;
      const taken = own.shift()!;
      taken.leave();
      batch.push(taken);
      queues.delete(share);
      if (own.length > 0) queues.set(share, own);
      next = queues.entries().next();
    }
    return batch;
  }

  function start(): void {
    if (inFlight >= options.maxInFlight || queues.size === 0) return;
    const batch = takeBatch();
    inFlight += 1;
    void settle(batch).finally(() => {
      inFlight -= 1;
      schedule();
      if (inFlight === 0 && queues.size === 0) {
        for (const resolve of whenEmpty) resolve();
        whenEmpty = [];
      }
    });
    schedule();
  }

  async function settle(batch: readonly Waiting<Item, Result>[]): Promise<void> {
    let outcomes: readonly Outcome<Result>[];
    try {
      outcomes = await options.commit(batch.map(({ item }) => item));
    } catch (error) {
      if (batch.length > 1 && !options.isOutage(error)) {
        for (const one of batch) await settle([one]);
        return;
      }
      for (const { reject } of batch) reject(error);
      return;
    }
    for (const [index, { resolve, reject }] of batch.entries()) {
      const outcome = outcomes[index]!;
      if (outcome.ok) resolve(outcome.result);
      else reject(outcome.error);
    }
  }

  return {
    submit(item) {
      const share = options.shareOf(item);
      const leave = closed ? null : places.take(share);
      if (leave === null) return Promise.reject(options.refusal());
      return new Promise((resolve, reject) => {
        const own = queues.get(share) ?? [];
        own.push({ item, resolve, reject, leave });
        queues.set(share, own);
        schedule();
      });
    },
    drain() {
      closed = true;
      if (inFlight === 0 && queues.size === 0) return Promise.resolve();
      return new Promise((resolve) => whenEmpty.push(resolve));
    },
  };
}
