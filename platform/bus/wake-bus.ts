import type { WakeTopic } from '../../domain/kernel/outbox/outbox-command.ts';
import type { Logger } from '../logging/logger.ts';
import { openRedis, type RedisConnection } from './redis-connection.ts';

/**
 * Says that a row changed and nothing of what it changed to: whoever waits on it reads it again. On the topic `journal`
 * the row is the workspace's stream, which reaches `position` now; on `provision_log` it is the crew's provisioning.
 */
export interface Wake {
  readonly topic: WakeTopic | 'journal' | 'provision_log';
  readonly id: string;
  readonly workspaceId: string;
  readonly position?: number;
}

interface WakeListener {
  onWake(wake: Wake): void;
  /** The channel was just joined, at first or again: what was published before may have been missed. */
  onReconnect(): void;
}

export interface WakeBus {
  /** Reaches every process that listens now. Rejects within 3 s when Redis does not take it. */
  publish(wake: Wake): Promise<void>;
  /**
   * Listens until the bus is closed. Resolves once the channel is joined, or after 2 s without Redis; it is then joined
   * as soon as Redis is back. Never rejects.
   */
  subscribe(listener: WakeListener): Promise<void>;
  /** Rejects within 3 s when Redis does not answer. */
  ping(): Promise<void>;
  close(): Promise<void>;
}

/** A subscription hears nothing of a dead peer, so it asks: a silent connection is replaced after 15 s + 3 s. */
const HEARTBEAT_MS = 15_000;
const FIRST_JOIN_WAIT_MS = 2_000;
const MAX_MESSAGE_LENGTH = 512;

function parseWake(message: string): Wake | null {
  if (message.length > MAX_MESSAGE_LENGTH) return null;
  try {
    const { topic, id, workspaceId, position } = JSON.parse(message) as Record<string, unknown>;
    if (typeof topic !== 'string' || typeof id !== 'string' || typeof workspaceId !== 'string') return null;
    // A topic of a newer process finds no one waiting here and is dropped there.
    const wake = { topic: topic as Wake['topic'], id, workspaceId };
    return typeof position === 'number' ? { ...wake, position } : wake;
  } catch {
    return null;
  }
}

/**
 * One Redis channel for all wakes, ids as payload: a channel per row would cost a subscription per waiter. At most
 * once, by design: a lost wake is made up for by the re-read at `onReconnect` and at the waiter's deadline.
 *
 * `namespace` keeps stacks that share a Redis apart; all processes of one stack use the same (the database's name).
 */
export function createWakeBus(options: {
  redisUrl: string;
  namespace: string;
  log: Pick<Logger, 'info' | 'warn'>;
}): WakeBus {
  const channel = `crewship:wake:${options.namespace}`;
  const publisher = openRedis({ ...options, name: `${channel}:publish` });
  const listeners: WakeListener[] = [];
  let subscriber: RedisConnection | undefined;
  let joined: Promise<void> | undefined;
  let heartbeat: NodeJS.Timeout | undefined;

  function tell(call: (listener: WakeListener) => void): void {
    for (const listener of listeners) {
      try {
        call(listener);
      } catch (error) {
        options.log.warn({ err: error }, 'a wake listener failed');
      }
    }
  }

  function join(): Promise<void> {
    const connection = openRedis({ ...options, name: `${channel}:subscribe` });
    subscriber = connection;
    const { redis } = connection;
    const { promise, resolve } = Promise.withResolvers<void>();
    redis.on('ready', () => {
      redis.subscribe(channel).then(
        () => {
          resolve();
          tell((listener) => listener.onReconnect());
        },
        // A connection that cannot listen is of no use: the next one tries again.
        () => redis.disconnect(true),
      );
    });
    redis.on('message', (_channel, message) => {
      const wake = parseWake(message);
      if (wake === null) options.log.warn('a message on the wake channel is not a wake');
      else tell((listener) => listener.onWake(wake));
    });
    heartbeat = setInterval(() => {
      if (redis.status === 'ready') redis.ping().catch(() => {});
    }, HEARTBEAT_MS);
    const timer = setTimeout(resolve, FIRST_JOIN_WAIT_MS);
    connection.start();
    return promise.finally(() => clearTimeout(timer));
  }

  return {
    async publish({ topic, id, workspaceId, position }) {
      const redis = await publisher.ready();
      await redis.publish(channel, JSON.stringify({ topic, id, workspaceId, position }));
    },
    async subscribe(listener) {
      listeners.push(listener);
      joined ??= join();
      await joined;
    },
    async ping() {
      const redis = await publisher.ready();
      await redis.ping();
    },
    async close() {
      clearInterval(heartbeat);
      listeners.length = 0;
      subscriber?.close();
      publisher.close();
    },
  };
}
