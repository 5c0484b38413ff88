import type { Logger } from '../logging/logger.ts';

interface Phase {
  readonly name: string;
  readonly run: () => unknown;
}

export interface Shutdown {
  /** Registers a phase. Phases run in the order of registration, each within its own time limit. */
  addPhase(name: string, run: () => unknown): void;
  /**
   * Runs all phases once; later calls wait for the first. Returns the names of the phases that failed or ran out of
   * time.
   */
  run(reason: string): Promise<string[]>;
}

/**
 * Ordered shutdown. A phase that throws or takes longer than `phaseTimeoutMs` is logged and passed over: what comes
 * after it still gets its chance to close cleanly.
 */
export function createShutdown(options: { log: Pick<Logger, 'info' | 'error'>; phaseTimeoutMs: number }): Shutdown {
  const phases: Phase[] = [];
  let running: Promise<string[]> | undefined;

  async function runPhase(phase: Phase): Promise<boolean> {
    let timer: NodeJS.Timeout | undefined;
    const limit = new Promise<never>((_resolve, reject) => {
      timer = setTimeout(
        () => reject(new Error(`not finished after ${options.phaseTimeoutMs} ms`)),
        options.phaseTimeoutMs,
      );
    });
    try {
      await Promise.race([Promise.resolve().then(phase.run), limit]);
      return true;
    } catch (error) {
      options.log.error({ err: error, phase: phase.name }, 'shutdown phase failed');
      return false;
    } finally {
      clearTimeout(timer);
    }
  }

  async function runAll(reason: string): Promise<string[]> {
    options.log.info({ reason }, 'shutting down');
    const failed: string[] = [];
    for (const phase of phases) {
      if (!(await runPhase(phase))) failed.push(phase.name);
    }
    options.log.info({ failed }, 'shut down');
    return failed;
  }

  return {
    addPhase(name, run) {
      phases.push({ name, run });
    },
    run(reason) {
      running ??= runAll(reason);
      return running;
    },
  };
}

/**
 * Runs the shutdown on SIGTERM and SIGINT and exits: 0 when every phase was clean, 1 otherwise. Temporal's runtime
 * also listens for SIGTERM, so the exit does not depend on the event loop running dry.
 */
export function shutdownOnSignals(shutdown: Shutdown): void {
  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    process.once(signal, () => {
      void shutdown.run(signal).then((failed) => process.exit(failed.length === 0 ? 0 : 1));
    });
  }
}
