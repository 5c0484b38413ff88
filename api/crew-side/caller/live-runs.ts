import type { ReadPool } from '../../../db/kernel/read-pool.ts';
import { readLiveRuns } from '../../../db/work/runs/read-live-runs.ts';

/** Whether a run has not been settled, as the database has it now. */
export type IsLiveRun = (runId: string) => Promise<boolean>;

interface Batch {
  readonly ids: Set<string>;
  readonly live: Promise<ReadonlySet<string>>;
}

/**
 * Asks for each request anew: a token ends with its run, not some seconds later. Requests that come while a reading is
 * under way are the next one, however many they are.
 */
export function createLiveRuns(systemReads: ReadPool): IsLiveRun {
  let next: Batch | null = null;
  let underWay: Promise<unknown> = Promise.resolve();

  function open(): Batch {
    const ids = new Set<string>();
    const live = underWay.then(() => {
      next = null;
      return readLiveRuns(systemReads, [...ids]);
    });
    underWay = live.catch(() => {});
    return { ids, live };
  }

  return async (runId) => {
    next ??= open();
    next.ids.add(runId);
    return (await next.live).has(runId);
  };
}
