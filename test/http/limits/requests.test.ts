import { expect, test } from 'vitest';
import { createRateCounter } from '../../../platform/limits/rate-counter.ts';
import { eventually } from '../../support/test-crew.ts';
import { TEST_REDIS_URL } from '../../support/test-services.ts';
import { newId } from '../../../platform/ids/ids.ts';

const log = { info() {}, warn() {} };
const HOUR_MS = 3_600_000;

test('processes know of each other’s counts a moment later; a new window begins at nothing', async () => {
  const namespace = newId();
  let now = Date.now();
  const open = () =>
    createRateCounter({ redisUrl: TEST_REDIS_URL, namespace, windowMs: HOUR_MS, log, nowMs: () => now });
  const [one, other] = [open(), open()];
  for (let n = 0; n < 10; n++) one.count('user:a');
  // Each look counts one: what is seen beyond those is the other's.
  let looks = 0;
  await eventually(
    () => Promise.resolve(other.count('user:a').count - ++looks),
    (others) => others === 10,
  );
  expect(one.count('user:b').count).toBe(1);
  now += HOUR_MS;
  expect(other.count('user:a').count).toBe(1);
  one.close();
  other.close();
});

test('while Redis is away a process goes by what it has seen', () => {
  const alone = createRateCounter({ redisUrl: 'redis://127.0.0.1:1', namespace: 'away', windowMs: HOUR_MS, log });
  expect([alone.count('user:a').count, alone.count('user:a').count]).toEqual([1, 2]);
  alone.close();
});
