import type { LogLevel } from '../../domain/instance/admin/log-level.ts';
import type { WakeBus } from './wake-bus.ts';
import type { Logger } from '../logging/logger.ts';

/**
 * Keeps a process's logger at the level that the instance has for a while, and at its own after that. Read when a wake
 * says so and whenever wakes may have been missed; the end of the while is a timer of its own. Resolves when it
 * listens, or after 2 s without Redis.
 */
export async function followLogLevel(deps: {
  readonly log: Pick<Logger, 'level' | 'warn' | 'info'>;
  readonly bus: Pick<WakeBus, 'subscribe'>;
  /** Null: none. */
  readonly read: () => Promise<{ readonly level: LogLevel; readonly expiresInMs: number } | null>;
}): Promise<void> {
  const { log, bus, read } = deps;
  const own = log.level;
  let end: NodeJS.Timeout | undefined;
  let newest = 0;

  async function look(): Promise<void> {
    newest += 1;
    const mine = newest;
    const found = await read();
    // A later look knows better.
    if (mine !== newest) return;
    clearTimeout(end);
    const level = found?.level ?? own;
    if (found !== null) end = setTimeout(lookAgain, found.expiresInMs + 1).unref();
    if (log.level === level) return;
    log.level = level;
    log.info({ level }, 'the log level is another');
  }

  function lookAgain(): void {
    look().catch((error: unknown) => log.warn({ err: error }, 'the log level could not be read'));
  }

  await bus.subscribe({
    onWake({ topic }) {
      if (topic === 'log_level') lookAgain();
    },
    onReconnect: lookAgain,
  });
}
