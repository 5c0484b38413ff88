import { expect, test } from 'vitest';
import { keepRunning } from './keep-running.ts';

test('a part that goes on for others when it is left does not hold up the stop', async () => {
  let left = false;
  const unit = {
    exited: new Promise<string>(() => {}),
    async stop() {
      left = true;
    },
  };
  const kept = await keepRunning({ name: 'shared', launch: async () => unit, log: () => {} });
  await kept.stop();
  expect(left).toBe(true);
});
