import { expect, test } from 'vitest';
import { createShutdown } from './shutdown.ts';

const log = { info() {}, error() {} };

test('phases run in order and a failing one does not stop the next', async () => {
  const order: string[] = [];
  const shutdown = createShutdown({ log, phaseTimeoutMs: 1_000 });
  shutdown.addPhase('listener', () => order.push('listener'));
  shutdown.addPhase('broken', () => {
    throw new Error('boom');
  });
  shutdown.addPhase('pool', async () => order.push('pool'));
  expect(await shutdown.run('test')).toEqual(['broken']);
  expect(order).toEqual(['listener', 'pool']);
});

test('a phase that hangs is passed over when its time is up', async () => {
  let closed = false;
  const shutdown = createShutdown({ log, phaseTimeoutMs: 20 });
  shutdown.addPhase('hangs', () => new Promise(() => {}));
  shutdown.addPhase('pool', () => {
    closed = true;
  });
  expect(await shutdown.run('test')).toEqual(['hangs']);
  expect(closed).toBe(true);
});

test('running twice runs each phase once', async () => {
  let count = 0;
  const shutdown = createShutdown({ log, phaseTimeoutMs: 1_000 });
  shutdown.addPhase('once', () => {
    count += 1;
  });
  await Promise.all([shutdown.run('a'), shutdown.run('b')]);
  expect(count).toBe(1);
});
