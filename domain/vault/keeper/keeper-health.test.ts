import { expect, test } from 'vitest';
import { keeperSignals } from './keeper-health.ts';

test('a keeper is told to be unwell from enough decisions on, at the limits that are published', () => {
  const of = (recent: number, recent_progressed: number, recent_failed: number) =>
    keeperSignals({ recent, recent_progressed, recent_failed });
  expect(of(19, 0, 19)).toEqual([]);
  expect(of(20, 0, 0)).toEqual(['allow_rate_collapsed']);
  expect(of(20, 1, 4)).toEqual([]);
  expect(of(20, 1, 5)).toEqual(['judge_failure_spike']);
  expect(of(200, 9, 50)).toEqual(['allow_rate_collapsed', 'judge_failure_spike']);
  expect(of(200, 10, 49)).toEqual([]);
});
