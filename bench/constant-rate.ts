import { setTimeout as sleep } from 'node:timers/promises';

/**
 * Calls `call` for each item at a constant rate, whether or not earlier calls have ended, and returns how long each
 * took from the moment it was due: a server that stalls is charged for the callers that had to wait, too.
 */
export async function callAtRate<Item>(
  items: readonly Item[],
  options: { perSecond: number; call: (item: Item) => Promise<unknown> },
): Promise<number[]> {
  const startedAt = performance.now();
  const calls: Promise<number>[] = [];
  for (const [index, item] of items.entries()) {
    const dueAt = startedAt + (index * 1_000) / options.perSecond;
    const waitMs = dueAt - performance.now();
    if (waitMs > 0) await sleep(waitMs);
    calls.push(options.call(item).then(() => performance.now() - dueAt));
    // Handled with all others at the end; until then a failure must not count as unhandled.
    calls.at(-1)!.catch(() => {});
  }
  return Promise.all(calls);
}

/** Runs `work` for each item, at most `width` at a time, and returns the results in the order of the items. */
export async function inParallel<Item, Result>(
  items: readonly Item[],
  width: number,
  work: (item: Item, index: number) => Promise<Result>,
): Promise<Result[]> {
  const results: Result[] = [];
  const rest = items.entries();
  const lane = async () => {
    for (const [index, item] of rest) results[index] = await work(item, index);
  };
  await Promise.all(Array.from({ length: width }, lane));
  return results;
}
