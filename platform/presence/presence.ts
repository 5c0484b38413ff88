import { randomUUID } from 'node:crypto';
import { openRedis } from '../bus/redis-connection.ts';
import type { Logger } from '../logging/logger.ts';

/** How long somebody counts as being there after the last beat of their process. */
export const PRESENT_MS = 60_000;
const BEAT_EVERY_MS = 20_000;

export interface Present {
  readonly userId: string;
  /** Of the newest beat, by the clock of its process. */
  readonly seenAtMs: number;
}

/** Who is at a place, as all processes of the instance see it. It is a hint, and nothing hangs on it. */
export interface Presence {
  /** Somebody is there, until the returned function is called; as often as they come. */
  enter(place: string, userId: string): () => void;
  /** Rejects when Redis is away. */
  list(place: string): Promise<readonly Present[]>;
  close(): void;
}

/**
 * Beats in Redis for those who are here, all together and only while there are any. A process that dies says nothing
 * more: those who were with it are gone a minute later.
 */
export function createPresence(options: {
  readonly redisUrl: string;
  readonly namespace: string;
  readonly log: Pick<Logger, 'info' | 'warn'>;
  readonly nowMs?: () => number;
}): Presence {
  const nowMs = options.nowMs ?? Date.now;
  const prefix = `crewship:presence:${options.namespace}`;
  const connection = openRedis({ ...options, name: prefix });
  const processId = randomUUID();
  const here = new Map<string, { readonly place: string; readonly member: string; count: number }>();
  let timer: NodeJS.Timeout | undefined;

  function beat(some: Iterable<{ readonly place: string; readonly member: string }>): void {
    if (connection.redis.status !== 'ready') {
      connection.start();
      return;
    }
    const now = nowMs();
    const pipeline = connection.redis.pipeline();
    for (const { place, member } of some) {
      const key = `${prefix}:${place}`;
      pipeline
        .zadd(key, now, member)
        .zremrangebyscore(key, 0, now - PRESENT_MS)
        .pexpire(key, 2 * PRESENT_MS);
    }
    // The connection logs its outages; the next beat says the same.
    pipeline.exec().catch(() => {});
  }

  function leave(key: string): void {
    const entry = here.get(key);
    if (entry === undefined) return;
    entry.count -= 1;
    if (entry.count > 0) return;
    here.delete(key);
    if (here.size === 0) clearInterval(timer);
    if (here.size === 0) timer = undefined;
    if (connection.redis.status !== 'ready') return;
    connection.redis.zrem(`${prefix}:${entry.place}`, entry.member).catch(() => {});
  }

  connection.redis.on('ready', () => {
    if (here.size > 0) beat(here.values());
  });

  return {
    enter(place, userId) {
      const key = `${place} ${userId}`;
      const entry = here.get(key) ?? { place, member: `${userId}:${processId}`, count: 0 };
      entry.count += 1;
      here.set(key, entry);
      if (entry.count === 1) beat([entry]);
      timer ??= setInterval(() => beat(here.values()), BEAT_EVERY_MS).unref();
      let isHere = true;
      return () => {
        if (isHere) leave(key);
        isHere = false;
      };
    },

    async list(place) {
      const redis = await connection.ready();
      const found = await redis.zrangebyscore(`${prefix}:${place}`, nowMs() - PRESENT_MS, '+inf', 'WITHSCORES');
      const newest = new Map<string, number>();
      for (let n = 0; n < found.length; n += 2) {
        const userId = found[n]!.slice(0, found[n]!.lastIndexOf(':'));
        newest.set(userId, Math.max(newest.get(userId) ?? 0, Number(found[n + 1])));
      }
      return [...newest].map(([userId, seenAtMs]) => ({ userId, seenAtMs }));
    },

    close() {
      clearInterval(timer);
      connection.close();
    },
  };
}
