import { expect, test } from 'vitest';
import { createTestSummary, formatTestSummary } from './test-summary.ts';

test('the last line counts, and every skipped test names its reason before it', () => {
  const skipped = [{ name: 'test/a.test.ts > needs Docker', reason: 'no daemon answers' }];
  expect(formatTestSummary({ passed: 3, failed: 1, skipped, slow: [] }).split('\n')).toEqual([
    'skipped: test/a.test.ts > needs Docker (no daemon answers)',
    '3 passed, 1 failed, 1 skipped',
  ]);
});

test('the slowest tests are named, the last line stays the count', () => {
  const slow = [{ name: 'test/b.test.ts > waits', ms: 61_240 }];
  expect(formatTestSummary({ passed: 1, failed: 0, skipped: [], slow }).split('\n')).toEqual([
    'slow: 61.2 s test/b.test.ts > waits',
    '1 passed, 0 failed, 0 skipped',
  ]);
});

test('a check that went before the tests counts as one of them', () => {
  const { summary } = createTestSummary([{ ok: true }, { ok: false }, { ok: true }]);
  expect(summary).toMatchObject({ passed: 2, failed: 1 });
});
