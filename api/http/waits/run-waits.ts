import { startWaiting, stopWaiting, type WaitingRun } from '../../../commands/engine/runs/wait-for-answer.ts';
import type { Database } from '../../../db/kernel/database.ts';
import type { Logger } from '../../../platform/logging/logger.ts';

/** An attempt whose call is open for longer than this waits; who asks and has its answer at once has worked. */
const WAITS_AFTER_MS = 2_000;

export interface RunWaits {
  /**
   * What `wait` comes to. When that takes long, the attempt that calls (null: none says that it does) has given its
   * places to others meanwhile; it has them again when this resolves. `limitMs`: how long the call may take.
   */
  during<Answer>(
    call: WaitingRun | null,
    options: { readonly limitMs: number; readonly forAgent?: boolean },
    wait: () => Promise<Answer>,
  ): Promise<Answer>;
}

/**
 * Makes waiting cheap for hosts: docs/contracts/missions.md, Waiting. An attempt that waits for another agent gives its
 * places away however many wait, as that agent may need them.
 */
export function createRunWaits(deps: {
  readonly database: Database;
  readonly maxWaiting: number;
  readonly log: Pick<Logger, 'warn'>;
}): RunWaits {
  const { database, maxWaiting, log } = deps;

  async function start(run: WaitingRun, leftMs: number, forAgent: boolean): Promise<void> {
    try {
      const call = { waitedMs: WAITS_AFTER_MS, leftMs, maxWaiting: forAgent ? null : maxWaiting };
      await startWaiting(database, run, call);
    } catch (error) {
      // It keeps its places, which costs others time and nobody an answer.
      log.warn({ err: error, run_id: run.runId }, 'an attempt that waits could not give its places back');
    }
  }

  async function stop(run: WaitingRun): Promise<void> {
    try {
      await stopWaiting(database, run);
    } catch (error) {
      log.warn({ err: error, run_id: run.runId }, 'an attempt that goes on could not take its places again');
    }
  }

  return {
    async during(run, { limitMs, forAgent = false }, wait) {
      if (run === null || limitMs <= WAITS_AFTER_MS) return wait();
      let started: Promise<void> | null = null;
      const timer = setTimeout(() => {
        started = start(run, limitMs - WAITS_AFTER_MS, forAgent);
      }, WAITS_AFTER_MS);
      try {
        return await wait();
      } finally {
        clearTimeout(timer);
        if (started !== null) await (started as Promise<void>).then(() => stop(run));
      }
    },
  };
}

/** The attempt whose token a request carries. */
export function waitingRun(principal: {
  readonly runId: string | null;
  readonly workspace: { readonly id: string };
}): WaitingRun | null {
  return principal.runId === null ? null : { workspaceId: principal.workspace.id, runId: principal.runId };
}
