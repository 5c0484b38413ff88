import { randomBytes } from 'node:crypto';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { CrewshipError } from '../../../domain/kernel/errors/crewship-error.ts';
import {
  createQueueRegistrar,
  type QueueRegistrar,
  type QueueSpec,
  type RegisteredQueue,
} from '../../../platform/queues/queue-registrar.ts';
import { TEST_REDIS_URL } from '../../support/test-services.ts';
import { openRedisBehindGate } from './redis-behind-gate.ts';
import { perTest } from '../../support/world/per-file.ts';
import { soon } from '../../support/soon.ts';

const EVERY_MS = 200;
let stackId: string;
let opened: QueueRegistrar[];
let logged: { level: string; about: Record<string, unknown>; message: string }[];

const log = {
  debug: () => {},
  info: (about: Record<string, unknown>, message: string) => void logged.push({ level: 'info', about, message }),
  warn: (about: Record<string, unknown>, message: string) => void logged.push({ level: 'warn', about, message }),
};

beforeEach(async () => {
  stackId = `test-${randomBytes(4).toString('hex')}`;
  opened = [];
  logged = [];
});
const redis = perTest(() => openRedisBehindGate());
afterEach(async () => {
  for (const registrar of opened) await registrar.close();
  await redis.forget(stackId);
});

function openQueue(
  spec: Partial<QueueSpec<string>> & Pick<QueueSpec<string>, 'handle'>,
  redisUrl = TEST_REDIS_URL,
): RegisteredQueue<string> {
  const registrar = createQueueRegistrar({ redisUrl, stackId, log: log as never });
  opened.push(registrar);
  const queue = registrar.registerQueue({ name: 'deliveries', concurrency: 1, attempts: 3, backoffMs: 10, ...spec });
  registrar.start();
  return queue;
}

const ticking = (ticks: string[]): Pick<QueueSpec<string>, 'schedules' | 'handle'> => ({
  schedules: [{ job: 'tick', everyMs: EVERY_MS }],
  handle: async ({ name }) => void ticks.push(name),
});

test('what is due by the clock runs once per interval, in however many processes', async () => {
  const since = performance.now();
  const ticks: string[] = [];
  openQueue(ticking(ticks));
  openQueue(ticking(ticks));
  openQueue(ticking(ticks));
  await soon(() => expect(ticks.length).toBeGreaterThanOrEqual(5));
  expect(ticks.length).toBeLessThanOrEqual((performance.now() - since) / EVERY_MS + 2);
});

test('without Redis at the start nothing fails, and the work begins when Redis is there', async () => {
  await redis.gate.shut();
  const ticks: string[] = [];
  const queue = openQueue(ticking(ticks), redis.redisUrl);
  const since = performance.now();
  await expect(queue.enqueue('tick', {})).rejects.toThrow('Redis is not connected');
  expect(performance.now() - since).toBeLessThan(3_000);
  await redis.gate.open();
  await soon(() => expect(ticks.length).toBeGreaterThanOrEqual(2));
});

test('a Redis that comes back empty gets its schedules again', async () => {
  const ticks: string[] = [];
  openQueue(ticking(ticks), redis.redisUrl);
  await soon(() => expect(ticks.length).toBeGreaterThanOrEqual(1));
  await redis.gate.shut();
  await redis.forget(stackId);
  const before = ticks.length;
  await redis.gate.open();
  await soon(() => expect(ticks.length).toBeGreaterThanOrEqual(before + 2));
});

test('a queue that is closed while Redis is away closes at once', async () => {
  openQueue(ticking([]), redis.redisUrl);
  await soon(async () => expect(await redis.direct.keys(`crewship:queues:${stackId}:*`)).not.toEqual([]));
  await redis.gate.shut();
  const since = performance.now();
  await opened.pop()!.close();
  expect(performance.now() - since).toBeLessThan(5_000);
});

test('closing waits for the job that runs, and takes no other', async () => {
  const started = Promise.withResolvers<void>();
  const finish = Promise.withResolvers<void>();
  const ended: string[] = [];
  const queue = openQueue({
    async handle({ ids }) {
      started.resolve();
      await finish.promise;
      ended.push(ids.delivery_id!);
    },
  });
  await soon(() => queue.enqueue('deliver', { delivery_id: 'd1' }));
  await started.promise;
  await queue.enqueue('deliver', { delivery_id: 'd2' });
  const closed = opened.pop()!.close();
  finish.resolve();
  await closed;
  expect(ended).toEqual(['d1']);
});

test('a failing job is tried as often as agreed; its error is logged and only the code of it goes to Redis', async () => {
  const attempts: number[] = [];
  const queue = openQueue({
    async handle({ attempt }) {
      attempts.push(attempt);
      throw new CrewshipError('not_found', 'the row says hunter2');
    },
  });
  await soon(() => queue.enqueue('deliver', { delivery_id: 'd1' }, { jobId: 'd1' }));
  await soon(() => expect(attempts).toEqual([1, 2, 3]));
  const key = `crewship:queues:${stackId}:deliveries:d1`;
  await soon(async () => expect(await redis.direct.hget(key, 'failedReason')).toBe('not_found'));
  expect(JSON.stringify(await redis.direct.hgetall(key))).not.toContain('hunter2');
  const failures = logged.filter(({ message }) => message === 'job failed');
  expect(failures.map(({ about }) => [about.attempt, about.isLast])).toEqual([
    [1, false],
    [2, false],
    [3, true],
  ]);
  expect(failures[0]!.about).toMatchObject({ queue: 'deliveries', job: 'deliver', jobId: 'd1' });
});

test('a payload holds ids and nothing else', async () => {
  const seen: unknown[] = [];
  const queue = openQueue({ handle: async ({ ids }) => void seen.push(ids) });
  for (const value of ['a sentence', '', '{"secret":1}', 'x'.repeat(200), 7 as never]) {
    await expect(queue.enqueue('deliver', { text: value })).rejects.toThrow('text of a job');
  }
  await soon(() => queue.enqueue('deliver', { delivery_id: 'c0abc-1' }));
  await soon(() => expect(seen).toEqual([{ delivery_id: 'c0abc-1' }]));
});
