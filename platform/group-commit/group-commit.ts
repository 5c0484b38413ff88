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
}

/**
 * Gathers what arrives together into one commit. While a batch is being committed the next one gathers, so batches grow
 * with the load and a lone item waits for nobody. A batch that fails as a whole is tried again item by item, so that
 * one poisoned item fails alone; `isOutage` says that the failure is nobody's fault and would meet each of them, and
 * then all fail with it.
 */
export function createGroupCommit<Item, Result>(options: {
  /** Commits the items and says what each came to, in their order. Throws when nothing was committed. */
  readonly commit: (items: readonly Item[]) => Promise<readonly Outcome<Result>[]>;
  readonly maxBatch: number;
  /** Batches under way at once. */
  readonly maxInFlight: number;
  readonly maxQueued: number;
  readonly isOutage: (error: unknown) => boolean;
  /** The refusal when the queue is full or closed. */
  readonly refusal: () => Error;
}): GroupCommit<Item, Result> {
  let queue: Waiting<Item, Result>[] = [];
  let inFlight = 0;
  let scheduled = false;
  let closed = false;
  let whenEmpty: (() => void)[] = [];

  function schedule(): void {
    if (scheduled || inFlight >= options.maxInFlight || queue.length === 0) return;
    scheduled = true;
    // After the I/O of this turn: requests that were read together are committed together.
    setImmediate(() => {
      scheduled = false;
      start();
    });
  }

  function start(): void {
    if (inFlight >= options.maxInFlight || queue.length === 0) return;
    const batch = queue.slice(0, options.maxBatch);
    queue = queue.slice(options.maxBatch);
    inFlight += 1;
    void settle(batch).finally(() => {
      inFlight -= 1;
      schedule();
      if (inFlight === 0 && queue.length === 0) {
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
      if (closed || queue.length >= options.maxQueued) return Promise.reject(options.refusal());
      return new Promise((resolve, reject) => {
        queue.push({ item, resolve, reject });
        schedule();
      });
    },
    drain() {
      closed = true;
      if (inFlight === 0 && queue.length === 0) return Promise.resolve();
      return new Promise((resolve) => whenEmpty.push(resolve));
    },
  };
}
