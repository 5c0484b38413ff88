import { expect, test } from 'vitest';
import { createStepsUnderWay } from './steps-under-way.ts';

const never = new AbortController().signal;

test('a step begins when what went on for its build has ended, and goes on beside those of other builds', async () => {
  const steps = createStepsUnderWay();
  const events: string[] = [];
  const until = (name: string) => (signal: AbortSignal) => {
    events.push(`${name} begins`);
    return new Promise<string>((resolve) =>
      signal.addEventListener('abort', () => {
        events.push(`${name} ends`);
        resolve(name);
      }),
    );
  };
  const first = steps.run('a', never, until('first'));
  const other = steps.run('b', never, until('other'));
  await Promise.resolve();
  const caller = new AbortController();
  const second = steps.run('a', caller.signal, until('second'));
  expect(await first).toBe('first');
  await expect(steps.run('c', never, () => Promise.reject(new Error('no')))).rejects.toThrow('no');
  await steps.stop('c');
  caller.abort();
  expect(await second).toBe('second');
  await steps.stop('b');
  expect(await other).toBe('other');
  expect(events).toEqual([
    ...['first begins', 'other begins', 'first ends', 'second begins', 'second ends', 'other ends'],
  ]);
});
