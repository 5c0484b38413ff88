import { expect, test } from 'vitest';
import { createLiveClients } from './live-clients.ts';

test('for how long the process stood still is told apart from the time that clients had', async () => {
  const clients = createLiveClients(1);
  const ticks: number[] = [];
  const ticked = Promise.withResolvers<void>();
  clients.admit(
    {
      tick(_nowMs, stoodMs) {
        ticks.push(stoodMs);
        ticked.resolve();
      },
      shutDown() {},
    },
    'somebody',
  );
  clients.start();
  // As a process that is frozen, or has no core: nothing is read, no timer is called.
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1_800);
  await ticked.promise;
  clients.close();
  expect(ticks).toHaveLength(1);
  expect(ticks[0]).toBeGreaterThan(700);
});
