import { expect, test } from 'vitest';
import { formatTestSummary } from './test-summary.ts';

test('the last line counts, and every skipped test names its reason before it', () => {
  const skipped = [{ name: 'test/a.test.ts > needs Docker', reason: 'no daemon answers' }];
  expect(formatTestSummary({ passed: 3, failed: 1, skipped }).split('\n')).toEqual([
    'skipped: test/a.test.ts > needs Docker (no daemon answers)',
    '3 passed, 1 failed, 1 skipped',
  ]);
});
