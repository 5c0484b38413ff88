import { Queue } from 'bullmq';
import { openRedis } from '../bus/redis-connection.ts';
import type { Logger } from '../logging/logger.ts';
import { queuePrefix } from './queue-prefix.ts';

/** Jobs of one queue by what they wait for; `failed` are those whose tries are used up, kept for a week. */
export interface QueueCounts {
  readonly name: string;
  readonly waiting: number;
  readonly active: number;
  readonly delayed: number;
  readonly failed: number;
}

/** Looks at queues that other processes work on. */
export function createQueueCounts(options: {
  readonly redisUrl: string;
  readonly stackId: string;
  readonly names: readonly string[];
  readonly log: Pick<Logger, 'debug' | 'info' | 'warn'>;
}): {
  /** Null while Redis is away. */
  read(): Promise<readonly QueueCounts[] | null>;
  close(): Promise<void>;
} {
  const prefix = queuePrefix(options.stackId);
  const connection = openRedis({ redisUrl: options.redisUrl, name: `${prefix}:counts`, log: options.log });
  const queues = options.names.map((name) => {
    const queue = new Queue(name, { connection: connection.redis, prefix, skipVersionCheck: true });
    queue.on('error', (error) => options.log.debug({ err: error, queue: name }, 'queue'));
    return queue;
  });
  return {
    async read() {
      try {
        await connection.ready();
        return await Promise.all(
          queues.map(async (queue) => {
            const {
              wait = 0,
              active = 0,
              delayed = 0,
              failed = 0,
            } = await queue.getJobCounts('wait', 'active', 'delayed', 'failed');
            return { name: queue.name, waiting: wait, active, delayed, failed };
          }),
        );
      } catch (error) {
        options.log.debug({ err: error }, 'queues could not be counted');
        return null;
      }
    },
    async close() {
      await Promise.all(queues.map((queue) => queue.close()));
      connection.close();
    },
  };
}
