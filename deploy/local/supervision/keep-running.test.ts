import { expect, test } from 'vitest';
import { keepRunning } from './keep-running.ts';

/** Launches units by number; each ends when it is stopped, or by hand. */
function numberedUnits() {
  const launched: { end: (reason: string) => void }[] = [];
  const arrivals: PromiseWithResolvers<void>[] = [];
  const arrival = (n: number) => (arrivals[n] ??= Promise.withResolvers<void>());
  let refuses = false;
  return {
    launched,
    /** Resolves when the n-th launch was asked for, counted from 0. */
    asked: (n: number) => arrival(n).promise,
    refuse: (from: boolean) => (refuses = from),
    launch: async () => {
      const { promise, resolve } = Promise.withResolvers<string>();
      const n = launched.push({ end: resolve }) - 1;
      arrival(n).resolve();
      if (refuses) throw new Error('its sources are broken');
      return { exited: promise, stop: async () => resolve('stopped') };
    },
  };
}

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

test('a restart that was asked for is no death: it is launched anew at once and says nothing of dying', async () => {
  const units = numberedUnits();
  const lines: string[] = [];
  const kept = await keepRunning({ name: 'api', launch: units.launch, log: (line) => lines.push(line) });
  await kept.restart();
  await units.asked(1);
  await kept.stop();
  expect(lines.filter((line) => line.includes('DIED'))).toEqual([]);
  expect(units.launched).toHaveLength(2);
});

test('what waits to be launched again, as it is broken, is launched when somebody has mended it', async () => {
  const units = numberedUnits();
  const failed = Promise.withResolvers<void>();
  const log = (line: string) => {
    if (line.includes('RESTART FAILED')) failed.resolve();
  };
  const kept = await keepRunning({ name: 'api', launch: units.launch, log });
  units.refuse(true);
  await kept.restart();
  await failed.promise;
  units.refuse(false);
  const since = performance.now();
  await kept.restart();
  await units.asked(2);
  expect(performance.now() - since).toBeLessThan(200);
  await kept.stop();
});
