import { expect, test } from 'vitest';
import { keepRunning } from './keep-running.ts';

test('stopping does not wait for the end of what others go on using', async () => {
  let left = false;
  const kept = await keepRunning({
    name: 'shared',
    log: () => {},
    launch: () =>
      Promise.resolve({
        exited: new Promise<string>(() => {}),
        stop: () => {
          left = true;
          return Promise.resolve();
        },
      }),
  });
  await kept.stop();
  expect(left).toBe(true);
});
