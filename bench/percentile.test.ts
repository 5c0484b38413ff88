import { expect, test } from 'vitest';
import { percentile } from './percentile.ts';

const oneToHundred = Array.from({ length: 100 }, (_, index) => 100 - index);

test('a percentile is the smallest sample that this share of all samples does not exceed', () => {
  expect(percentile(oneToHundred, 50)).toBe(50);
  expect(percentile(oneToHundred, 99)).toBe(99);
  expect(percentile(oneToHundred, 99.5)).toBe(100);
  expect(percentile([...oneToHundred, 1_000], 99)).toBe(100);
});

test('of few samples the high percentiles are the largest one', () => {
  expect(percentile([3, 1, 2], 99)).toBe(3);
  expect(percentile([7], 50)).toBe(7);
});

test('no samples have no percentile', () => {
  expect(() => percentile([], 50)).toThrow('no samples');
});
