import { openRedis } from '../bus/redis-connection.ts';
import type { Logger } from '../logging/logger.ts';
import type { WindowCount } from './window-counter.ts';

/** How far a process may be behind what the others have counted. */
const SHARE_EVERY_MS = 200;
/** Beyond these the oldest key is forgotten here; Redis still knows what was shared of it. */
const MAX_LOCAL_KEYS = 50_000;

/** Counts what happens under a key within a window; all processes' windows begin at the same time. */
export interface RateCounter {
  /** Counts one more and says how many there were, without waiting: others' are known as of a moment ago. */
  count(key: string): WindowCount;
  close(): void;
}

interface Entry {
  readonly window: number;
  total: number;
  /** Counted here and not yet told the others. */
  untold: number;
}

/**
 * For what happens at every request, where a round trip each is too much: counts are kept here and shared through Redis
 * in batches, only while there is something to share. While Redis is away each process goes by what it has seen itself.
 */
export function createRateCounter(options: {
  readonly redisUrl: string;
  readonly namespace: string;
  readonly windowMs: number;
  readonly log: Pick<Logger, 'info' | 'warn'>;
  readonly nowMs?: () => number;
}): RateCounter {
  const { windowMs } = options;
  const nowMs = options.nowMs ?? Date.now;
  const prefix = `crewship:rates:${options.namespace}`;
  const connection = openRedis({ ...options, name: prefix });
  const entries = new Map<string, Entry>();
  const untold = new Set<string>();
  let sharing: NodeJS.Timeout | undefined;
  connection.start();

  function entryOf(key: string, window: number): Entry {
    const known = entries.get(key);
    if (known?.window === window) return known;
    entries.delete(key);
    if (entries.size >= MAX_LOCAL_KEYS) entries.delete(entries.keys().next().value!);
    const fresh = { window, total: 0, untold: 0 };
    entries.set(key, fresh);
    return fresh;
  }

  async function share(): Promise<void> {
    const told = [...untold].flatMap((key) => {
      const entry = entries.get(key);
      return entry === undefined || entry.untold === 0 ? [] : [{ key, entry, by: entry.untold }];
    });
    untold.clear();
    if (told.length === 0 || connection.redis.status !== 'ready') return;
    const pipeline = connection.redis.pipeline();
    for (const { key, entry, by } of told) {
      const name = `${prefix}:${entry.window}:${key}`;
      entry.untold -= by;
      pipeline.incrby(name, by).pexpire(name, 2 * windowMs);
    }
    try {
      const answers = (await pipeline.exec()) ?? [];
      for (const [n, { entry, by }] of told.entries()) {
        const [error, shared] = answers[2 * n]!;
        if (error === null) entry.total = Math.max(entry.total, Number(shared) + entry.untold);
        else entry.untold += by;
      }
    } catch {
      // The connection logs its outages; what was not told is counted here all the same.
    }
  }

  return {
    count(key) {
      const now = nowMs();
      const window = Math.floor(now / windowMs);
      const entry = entryOf(key, window);
      entry.total += 1;
      entry.untold += 1;
      untold.add(key);
      sharing ??= setTimeout(() => {
        sharing = undefined;
        void share();
      }, SHARE_EVERY_MS).unref();
      return { count: entry.total, endsInMs: (window + 1) * windowMs - now };
    },
    close() {
      clearTimeout(sharing);
      connection.close();
    },
  };
}
