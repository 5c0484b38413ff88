import type { Reporter, TestModule } from 'vitest/node';

export type TestSummary = {
  passed: number;
  failed: number;
  /** Each with why it did not run. */
  skipped: { name: string; reason: string }[];
};

/**
 * Counts a run for the last lines of `npm test`. A file that could not be loaded and an error outside of any test count
 * as failures: the run proved less than it should have.
 */
export function createTestSummary(): { reporter: Reporter; summary: TestSummary } {
  const summary: TestSummary = { passed: 0, failed: 0, skipped: [] };

  function countModule(module: TestModule): void {
    for (const test of module.children.allTests()) {
      const result = test.result();
      if (result.state === 'passed') summary.passed += 1;
      else if (result.state === 'failed') summary.failed += 1;
      else {
        const stated = result.state === 'skipped' ? result.note : 'the run ended before it';
        const name = `${module.relativeModuleId} > ${test.fullName}`;
        summary.skipped.push({ name, reason: stated ?? 'no reason given' });
      }
    }
    summary.failed += module.errors().length;
  }

  const reporter: Reporter = {
    onTestRunEnd(modules, unhandledErrors) {
      for (const module of modules) countModule(module);
      summary.failed += unhandledErrors.length;
    },
  };
  return { reporter, summary };
}

/** The last lines of `npm test`; the very last is `N passed, N failed, N skipped`. */
export function formatTestSummary({ passed, failed, skipped }: TestSummary): string {
  const lines = skipped.map(({ name, reason }) => `skipped: ${name} (${reason})`);
  return [...lines, `${passed} passed, ${failed} failed, ${skipped.length} skipped`].join('\n');
}
