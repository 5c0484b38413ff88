import type { Logger } from '../../platform/logging/logger.ts';
import { repeat, type Repeated } from '../../platform/schedule/repeat.ts';

/** After a turn that could not be taken: the parts may have come back with older data. */
const RETRY_MS = 15_000;

/**
 * Reconciles at boot and every `everyMs`, in the process and by its own clock: it must go on when Redis was flushed or
 * Temporal's data deleted, as that is what it mends. `turn` gets true until the first turn was taken and answers false
 * when somebody else is at it.
 */
export function keepReconciling(options: {
  turn: (atBoot: boolean) => Promise<boolean>;
  everyMs: number;
  log: Pick<Logger, 'warn'>;
  /** Ends the turn under way. */
  stopping: AbortController;
}): Repeated {
  let atBoot = true;
  const turns = repeat(async () => {
    try {
      const taken = await options.turn(atBoot);
      if (!taken && atBoot) return { nextInMs: RETRY_MS };
      atBoot = false;
      return { nextInMs: options.everyMs };
    } catch (error) {
      if (!options.stopping.signal.aborted) options.log.warn({ err: error }, 'reconciliation is put off');
      return { nextInMs: RETRY_MS };
    }
  });
  return {
    stop() {
      options.stopping.abort();
      return turns.stop();
    },
  };
}
