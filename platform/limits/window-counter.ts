import type { Logger } from '../logging/logger.ts';
import { openRedis } from '../bus/redis-connection.ts';

export interface WindowCount {
  readonly count: number;
  /** Until the key begins at 0 again. */
  readonly endsInMs: number;
}

/** Counts what happens under a key within a window that begins with the first of it. */
export interface WindowCounter {
  add(key: string): Promise<WindowCount>;
  /** What this process knows of the key without asking. */
  known(key: string): WindowCount;
  close(): void;
}

/** Beyond these the oldest key is forgotten here; Redis still knows it. */
const MAX_LOCAL_KEYS = 10_000;

/** One step, so that no key is left without an end. */
const ADD = `local count = redis.call('INCR', KEYS[1])
if count == 1 then redis.call('PEXPIRE', KEYS[1], ARGV[1]) end
return {count, redis.call('PTTL', KEYS[1])}`;

/**
 * The count is shared by all processes through Redis, and kept in each as well: while Redis is away a process goes on
 * with what it has seen itself, so that a limit never opens altogether and never shuts everybody out.
 */
export function createWindowCounter(options: {
  readonly redisUrl: string;
  readonly namespace: string;
  readonly windowMs: number;
  readonly log: Pick<Logger, 'info' | 'warn'>;
  readonly nowMs?: () => number;
}): WindowCounter {
  const nowMs = options.nowMs ?? Date.now;
  const prefix = `crewship:limits:${options.namespace}`;
  const connection = openRedis({ ...options, name: prefix });
  const local = new Map<string, { count: number; endsAtMs: number }>();
  connection.start();

  function known(key: string): WindowCount {
    const entry = local.get(key);
    if (entry === undefined || entry.endsAtMs <= nowMs()) return { count: 0, endsInMs: options.windowMs };
    return { count: entry.count, endsInMs: entry.endsAtMs - nowMs() };
  }

  function keep(key: string, { count, endsInMs }: WindowCount): void {
    local.delete(key);
    if (local.size >= MAX_LOCAL_KEYS) local.delete(local.keys().next().value!);
    local.set(key, { count, endsAtMs: nowMs() + endsInMs });
  }

  async function addShared(key: string): Promise<WindowCount | null> {
    if (connection.redis.status !== 'ready') return null;
    try {
      const [count, endsInMs] = (await connection.redis.eval(ADD, 1, `${prefix}:${key}`, options.windowMs)) as [
        number,
        number,
      ];
      return { count, endsInMs };
    } catch {
      // The connection logs its outages.
      return null;
    }
  }

  return {
    known,
    async add(key) {
      const before = known(key);
      keep(key, { ...before, count: before.count + 1 });
      const shared = await addShared(key);
      const mine = known(key);
      if (shared === null || shared.count <= mine.count) return mine;
      keep(key, shared);
      return shared;
    },
    close: () => connection.close(),
  };
}
