import { type Job, type JobsOptions, Queue, Worker } from 'bullmq';
import { Redis } from 'ioredis';
import { CrewshipError } from '../../domain/kernel/errors/crewship-error.ts';
import { openRedis, type RedisConnection } from '../bus/redis-connection.ts';
import type { Logger } from '../logging/logger.ts';
import { queuePrefix } from './queue-prefix.ts';

/** Names of rows. The rows own the truth: a job may run twice, late, or after what it names is gone. */
export type JobIds = Readonly<Record<string, string>>;

export interface QueueSpec<JobName extends string> {
  readonly name: string;
  /** Jobs at once in each process. */
  readonly concurrency: number;
  /** How often a job is tried in all. */
  readonly attempts: number;
  /** Wait before the second try; doubles with each further one. */
  readonly backoffMs: number;
  /** What is due again and again: once per interval in the whole stack, however many processes there are. */
  readonly schedules?: readonly { readonly job: JobName; readonly everyMs: number }[];
  handle(job: { readonly name: JobName; readonly ids: JobIds; readonly attempt: number }): Promise<void>;
}

export interface RegisteredQueue<JobName extends string> {
  /**
   * Adds a job, which runs after `delayMs` at the earliest. With a `jobId`, a job of that id which waits, runs or ran
   * lately is the same job. Rejects within 3 s when Redis does not take it, and at once when `ids` holds anything but
   * ids.
   */
  enqueue(job: JobName, ids: JobIds, options?: { jobId?: string; delayMs?: number }): Promise<void>;
}

export interface QueueRegistrar {
  /** Describes a queue; nothing runs before `start`. */
  registerQueue<JobName extends string>(spec: QueueSpec<JobName>): RegisteredQueue<JobName>;
  /** Begins to work. Without Redis it begins when Redis is there. */
  start(): void;
  /** Takes no more jobs and waits for those that run. */
  close(): Promise<void>;
}

const ID = /^[A-Za-z0-9_.-]{1,128}$/;
/** A flush of Redis does not break connections; what it took from the schedules is made up for after this long. */
const RESCHEDULE_MS = 60_000;
const LONGEST_RETRY_MS = 2_000;
/** How long a worker may take to say goodbye to Redis after its last job. */
const GOODBYE_MS = 2_000;
const KEEP_COMPLETED = { count: 100, age: 3_600 };
const KEEP_FAILED = { count: 500, age: 7 * 24 * 3_600 };

function refuseAllButIds(ids: JobIds): void {
  for (const [name, value] of Object.entries(ids)) {
    if (typeof value !== 'string' || !ID.test(value)) throw new TypeError(`${name} of a job's payload is not an id`);
  }
}

function jobOptions(spec: Pick<QueueSpec<string>, 'attempts' | 'backoffMs'>): JobsOptions {
  return {
    attempts: spec.attempts,
    backoff: { type: 'exponential', delay: spec.backoffMs },
    removeOnComplete: KEEP_COMPLETED,
    removeOnFail: KEEP_FAILED,
    // What a failure says is for the log; Redis gets its code.
    stackTraceLimit: 0,
  };
}

/**
 * The one way to a BullMQ queue: logged failures, bounded tries, payloads of ids, keys of this stack alone, schedules
 * that survive a flushed Redis. Redis being away is never a reason to stop: everything goes on when it is back.
 */
export function createQueueRegistrar(options: {
  redisUrl: string;
  stackId: string;
  log: Pick<Logger, 'debug' | 'info' | 'warn'>;
}): QueueRegistrar {
  const { redisUrl, stackId, log } = options;
  const prefix = queuePrefix(stackId);
  const specs: QueueSpec<string>[] = [];
  const queues = new Map<string, Queue>();
  const workers: Worker[] = [];
  const running = new Set<Promise<void>>();
  let producer: RedisConnection | undefined;
  let consumer: Redis | undefined;
  let rescheduling: NodeJS.Timeout | undefined;

  /** Puts every schedule in place; one that is there stays as it is, with the run that is due next. */
  async function schedule(): Promise<void> {
    for (const spec of specs) {
      for (const { job, everyMs } of spec.schedules ?? []) {
        try {
          await queues
            .get(spec.name)!
            .upsertJobScheduler(job, { every: everyMs }, { name: job, data: {}, opts: jobOptions(spec) });
        } catch (error) {
          log.warn({ err: error, queue: spec.name, job }, 'a schedule could not be put in place');
          return;
        }
      }
    }
  }

  async function work(spec: QueueSpec<string>, job: Job<JobIds>): Promise<void> {
    const attempt = job.attemptsMade + 1;
    const since = performance.now();
    const about = { queue: spec.name, job: job.name, jobId: job.id, attempt };
    try {
      await spec.handle({ name: job.name, ids: job.data, attempt });
      log.debug({ ...about, durationMs: Math.round(performance.now() - since) }, 'job done');
    } catch (error) {
      const durationMs = Math.round(performance.now() - since);
      log.warn({ ...about, err: error, durationMs, isLast: attempt >= spec.attempts }, 'job failed');
      throw new Error(error instanceof CrewshipError ? error.code : 'unexpected');
    }
  }

  function startQueue(spec: QueueSpec<string>, sending: Redis, receiving: Redis): void {
    // The version check is a command that would fail for good if the connection broke at that moment.
    const queue = new Queue(spec.name, { connection: sending, prefix, skipVersionCheck: true });
    async function track(job: Job<JobIds>): Promise<void> {
      const done = work(spec, job);
      running.add(done);
      await done.finally(() => running.delete(done));
    }
    const worker = new Worker<JobIds>(spec.name, track, {
      connection: receiving,
      prefix,
      concurrency: spec.concurrency,
    });
    // Outages are logged once, by the connection; without a listener each would end the process.
    queue.on('error', (error) => log.debug({ err: error, queue: spec.name }, 'queue'));
    worker.on('error', (error) => log.debug({ err: error, queue: spec.name }, 'queue worker'));
    worker.on('stalled', (jobId) =>
      log.warn({ queue: spec.name, jobId }, 'job taken over from a process that went away'),
    );
    queues.set(spec.name, queue);
    workers.push(worker);
  }

  return {
    registerQueue(spec) {
      if (producer !== undefined) throw new Error('queues are registered before the start');
      specs.push(spec as unknown as QueueSpec<string>);
      return {
        async enqueue(job, ids, { jobId, delayMs: delay = 0 } = {}) {
          refuseAllButIds(ids);
          const queue = queues.get(spec.name);
          if (producer === undefined || queue === undefined) throw new Error('the queues have not been started');
          await producer.ready();
          await queue.add(job, ids, { ...jobOptions(spec), delay, ...(jobId === undefined ? {} : { jobId }) });
        },
      };
    },
    start() {
      producer = openRedis({ redisUrl, name: `${prefix}:send`, log });
      // Registered before connecting; also fires after each outage, in which a flush may have happened.
      producer.redis.on('ready', () => void schedule());
      producer.start();
      consumer = new Redis(redisUrl, {
        connectionName: `${prefix}:receive`,
        // BullMQ waits on this connection for as long as it takes.
        maxRetriesPerRequest: null,
        connectTimeout: 5_000,
        keepAlive: 10_000,
        retryStrategy: (attempt) => Math.min(25 * 2 ** Math.min(attempt, 10), LONGEST_RETRY_MS),
      });
      consumer.on('error', (error) => log.debug({ err: error }, 'queue connection'));
      for (const spec of specs) startQueue(spec, producer.redis, consumer);
      const sending = producer.redis;
      rescheduling = setInterval(() => {
        if (sending.status === 'ready') void schedule();
      }, RESCHEDULE_MS);
    },
    async close() {
      clearInterval(rescheduling);
      const goodbyes = Promise.all(workers.map((worker) => worker.close()));
      await Promise.allSettled(running);
      // A worker whose connection is away waits for it, maybe for ever. What ran is done by now; if Redis could not be
      // told so, it will run again.
      const { promise: limit, resolve } = Promise.withResolvers<void>();
      const timer = setTimeout(resolve, GOODBYE_MS);
      if (consumer?.status === 'ready') consumer.once('close', resolve);
      else resolve();
      await Promise.race([goodbyes, limit]);
      clearTimeout(timer);
      await Promise.all([...queues.values()].map((queue) => queue.close()));
      consumer?.disconnect();
      producer?.close();
    },
  };
}
