import { setTimeout as delay } from 'node:timers/promises';
import type { ManagedUnit } from './managed-process.ts';

export type KeptRunning = {
  /** Stops it, to be launched anew without a pause; where one is waiting to be launched, it waits no longer. */
  restart: () => Promise<void>;
  stop: () => Promise<void>;
};

const FIRST_BACKOFF_MS = 250;
const LAST_BACKOFF_MS = 10_000;
/** A part that held this long before it died starts again at the shortest backoff: it does not fail over and over. */
const STEADY_AFTER_MS = 10_000;

/**
 * Launches a part and launches it again whenever it ends by itself, with growing pauses, saying so. `launch` starts the
 * part and resolves when it is healthy; its first failure is the caller's, later ones are logged and tried again.
 */
export async function keepRunning(options: {
  name: string;
  launch: () => Promise<ManagedUnit>;
  log: (line: string) => void;
}): Promise<KeptRunning> {
  const { name, launch, log } = options;
  const stopping = new AbortController();
  const stopped = Promise.withResolvers<'stopped'>();
  stopping.signal.addEventListener('abort', () => stopped.resolve('stopped'));
  let unit: ManagedUnit | undefined = await launch();
  /** Somebody wants what runs, or is being launched, to give way to a new one. */
  let isOutdated = false;
  let backoff: AbortController | undefined;

  async function pause(ms: number): Promise<void> {
    backoff = new AbortController();
    const signal = AbortSignal.any([stopping.signal, backoff.signal]);
    await delay(ms, undefined, { signal }).catch(() => undefined);
  }

  async function supervise(): Promise<void> {
    let backoffMs = FIRST_BACKOFF_MS;
    while (unit) {
      const healthySince = Date.now();
      // What is shared with others goes on when it is stopped here, so its end is not all that is waited for.
      const reason = await Promise.race([unit.exited, stopped.promise]);
      if (stopping.signal.aborted) return;
      if (isOutdated || Date.now() - healthySince > STEADY_AFTER_MS) backoffMs = FIRST_BACKOFF_MS;
      if (!isOutdated) log(`${name}: DIED (${reason}); restarting in ${backoffMs} ms`);
      unit = undefined;
      while (!unit) {
        if (!isOutdated) await pause(backoffMs);
        if (stopping.signal.aborted) return;
        isOutdated = false;
        backoffMs = Math.min(backoffMs * 2, LAST_BACKOFF_MS);
        try {
          unit = await launch();
          log(`${name}: healthy again`);
        } catch (error) {
          log(`${name}: RESTART FAILED, next try in ${backoffMs} ms: ${(error as Error).message}`);
        }
      }
      if (isOutdated) await unit.stop();
    }
  }

  const supervision = supervise();
  return {
    async restart() {
      isOutdated = true;
      backoff?.abort();
      await unit?.stop();
    },
    async stop() {
      stopping.abort();
      // A launch under way ends first, so that what it started is stopped too.
      const current = unit;
      if (current) await current.stop();
      await supervision;
      if (unit && unit !== current) await unit.stop();
    },
  };
}
