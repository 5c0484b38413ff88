import type { Database } from '../../../db/kernel/database.ts';
import type { WakeBus } from '../../../platform/bus/wake-bus.ts';
import type { Logger } from '../../../platform/logging/logger.ts';
import { type CheckpointSigner, sealJournal } from './seal-journal.ts';

/** At most once a second: under load each seals many leaves with one signature. */
const INTERVAL_MS = 1_000;
const SWEEP_INTERVAL_MS = 5_000;

/**
 * Seals the journal after its streams grew, gathering what comes within a second, and at a constant rate what was not
 * announced.
 */
export function createSealer(deps: {
  readonly db: Database;
  readonly keys: CheckpointSigner;
  readonly log: Pick<Logger, 'warn'>;
}): { listen(bus: Pick<WakeBus, 'subscribe'>): Promise<void>; stop(): Promise<void> } {
  let due: NodeJS.Timeout | undefined;
  let sweep: NodeJS.Timeout | undefined;
  let running: Promise<void> = Promise.resolve();
  let stopped = false;

  async function run(): Promise<void> {
    try {
      // The more there is, the larger the batches: what comes meanwhile is of the next turn.
      while (!stopped && (await sealJournal(deps.db, deps.keys)) > 0);
    } catch (error) {
      deps.log.warn({ err: error }, 'the journal waits to be sealed');
    }
  }

  function nudge(): void {
    if (stopped || due !== undefined) return;
    due = setTimeout(() => {
      running = running.then(() => {
        due = undefined;
        return run();
      });
    }, INTERVAL_MS);
  }

  return {
    async listen(bus) {
      sweep = setInterval(nudge, SWEEP_INTERVAL_MS);
      nudge();
      await bus.subscribe({
        onWake({ topic }) {
          if (topic === 'journal') nudge();
        },
        onReconnect: nudge,
      });
    },
    async stop() {
      stopped = true;
      clearInterval(sweep);
      clearTimeout(due);
      await running;
    },
  };
}
