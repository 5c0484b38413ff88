import { Redis } from 'ioredis';
import type { Logger } from '../logging/logger.ts';

/** How long a command may wait for a connection, and then for its reply. */
const READY_TIMEOUT_MS = 1_000;
const REPLY_TIMEOUT_MS = 2_000;
const LONGEST_RETRY_MS = 2_000;

export interface RedisConnection {
  readonly redis: Redis;
  /** Connects in the background and reconnects until closed. */
  start(): void;
  /** The connection once it is usable; rejects after 1 s. One wait is shared by all who ask meanwhile. */
  ready(): Promise<Redis>;
  close(): void;
}

/**
 * A connection that is never a reason to fail or to block: it is made when first needed, comes back by itself, and
 * queues nothing while it is away. An outage is logged when it begins and when it ends.
 */
export function openRedis(options: {
  redisUrl: string;
  name: string;
  log: Pick<Logger, 'info' | 'warn'>;
}): RedisConnection {
  const redis = new Redis(options.redisUrl, {
    connectionName: options.name,
    lazyConnect: true,
    enableOfflineQueue: false,
    autoResubscribe: false,
    autoResendUnfulfilledCommands: false,
    maxRetriesPerRequest: 0,
    connectTimeout: 5_000,
    commandTimeout: REPLY_TIMEOUT_MS,
    // A command without a reply is also the sign that the peer is gone: the connection is replaced.
    socketTimeout: REPLY_TIMEOUT_MS,
    keepAlive: 10_000,
    retryStrategy: (attempt) => Math.min(25 * 2 ** Math.min(attempt, 10), LONGEST_RETRY_MS),
  });
  let away = false;
  let closed = false;
  let waiting: Promise<Redis> | undefined;

  function noteOutage(error?: Error): void {
    if (away || closed) return;
    away = true;
    options.log.warn({ err: error, connection: options.name }, 'Redis is away');
  }
  redis.on('error', noteOutage);
  redis.on('close', () => noteOutage());
  redis.on('ready', () => {
    if (away) options.log.info({ connection: options.name }, 'Redis is back');
    away = false;
  });

  function start(): void {
    // The rejection of the first attempt says what the `error` event says; the retries go on.
    if (redis.status === 'wait') redis.connect().catch(() => {});
  }

  async function waitForReady(): Promise<Redis> {
    const { promise, resolve, reject } = Promise.withResolvers<Redis>();
    const onReady = () => resolve(redis);
    const timer = setTimeout(() => reject(new Error('Redis is not connected')), READY_TIMEOUT_MS);
    redis.once('ready', onReady);
    start();
    try {
      return await promise;
    } finally {
      clearTimeout(timer);
      redis.off('ready', onReady);
      waiting = undefined;
    }
  }

  return {
    redis,
    start,
    async ready() {
      if (redis.status === 'ready') return redis;
      if (closed) throw new Error('the Redis connection was closed');
      waiting ??= waitForReady();
      return waiting;
    },
    close() {
      closed = true;
      redis.disconnect();
    },
  };
}
