import { setTimeout as delay } from 'node:timers/promises';
import { tailOfLog } from './log-file.ts';

export type HealthWait = {
  name: string;
  /** Speaks the part's real protocol; rejects with the reason while it is not healthy. */
  check: () => Promise<void>;
  /** The end of the part: no use in waiting for a dead one. */
  exited?: Promise<string>;
  deadlineMs: number;
  /** Quoted in the error. */
  logFile?: string;
};

const FIRST_INTERVAL_MS = 20;
const LAST_INTERVAL_MS = 300;

/** Asks until the part answers. Rejects when it ends first or the deadline passes, with the end of its log. */
export async function waitUntilHealthy(wait: HealthWait): Promise<void> {
  const deadline = Date.now() + wait.deadlineMs;
  let ended: string | undefined;
  void wait.exited?.then((reason) => {
    ended = reason;
  });
  for (let intervalMs = FIRST_INTERVAL_MS; ; intervalMs = Math.min(intervalMs * 1.5, LAST_INTERVAL_MS)) {
    let failure: unknown;
    try {
      await wait.check();
      if (ended === undefined) return;
    } catch (error) {
      failure = error;
    }
    if (ended !== undefined) throw new Error(describe(wait, `ended before it was healthy (${ended})`));
    if (Date.now() >= deadline) {
      const reason = failure instanceof Error ? failure.message : String(failure);
      throw new Error(describe(wait, `was not healthy within ${wait.deadlineMs / 1_000} s: ${reason}`));
    }
    await delay(intervalMs);
  }
}

function describe(wait: HealthWait, problem: string): string {
  const tail = wait.logFile ? tailOfLog(wait.logFile) : '';
  return `${wait.name} ${problem}${tail ? `\n  the end of ${wait.logFile}:\n${tail.replace(/^/gm, '    ')}` : ''}`;
}
