import { expect, test } from 'vitest';
import { delaySeconds, lockSeconds } from './lockout.ts';

test('fifty failures from one place close a name there for five minutes', () => {
  expect([1, 49, 50, 51].map(lockSeconds)).toEqual([0, 0, 300, 300]);
});

test('failures from everywhere only ever delay, by at most half a minute', () => {
  expect([1, 19, 20, 29, 30, 40, 60, 70, 100_000].map(delaySeconds)).toEqual([0, 0, 1, 1, 2, 4, 16, 30, 30]);
});
