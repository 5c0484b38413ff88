import type { Reporter, TestModule } from 'vitest/node';

export type TestSummary = {
  passed: number;
  failed: number;
  /** Each with why it did not run. */
  skipped: { name: string; reason: string }[];
  /** Tests that took longer than `SLOW_MS`, the slowest first. */
  slow: { name: string; ms: number }[];
};

const SLOW_MS = 15_000;
const SLOW_SHOWN = 10;

/**
 * Counts a run for the last lines of `npm test`; each of the `checks` that went before is one test. A file that could
 * not be loaded and an error outside of any test count as failures: the run proved less than it should have.
 */
export function createTestSummary(checks: readonly { ok: boolean }[] = []): {
  reporter: Reporter;
  summary: TestSummary;
} {
  const passedChecks = checks.filter(({ ok }) => ok).length;
  const summary: TestSummary = { passed: passedChecks, failed: checks.length - passedChecks, skipped: [], slow: [] };

  function countModule(module: TestModule): void {
    for (const test of module.children.allTests()) {
      const result = test.result();
      const name = `${module.relativeModuleId} > ${test.fullName}`;
      const ms = test.diagnostic()?.duration ?? 0;
      if (ms > SLOW_MS) summary.slow.push({ name, ms });
      if (result.state === 'passed') summary.passed += 1;
      else if (result.state === 'failed') summary.failed += 1;
      else {
        const stated = result.state === 'skipped' ? result.note : 'the run ended before it';
        summary.skipped.push({ name, reason: stated ?? 'no reason given' });
      }
    }
    summary.failed += module.errors().length;
  }

  const reporter: Reporter = {
    onTestRunEnd(modules, unhandledErrors) {
      for (const module of modules) countModule(module);
      summary.failed += unhandledErrors.length;
      summary.slow.sort((one, other) => other.ms - one.ms);
    },
  };
  return { reporter, summary };
}

/** The last lines of `npm test`; the very last is `N passed, N failed, N skipped`. */
export function formatTestSummary({ passed, failed, skipped, slow }: TestSummary): string {
  const lines = skipped.map(({ name, reason }) => `skipped: ${name} (${reason})`);
  const slowest = slow.slice(0, SLOW_SHOWN).map(({ name, ms }) => `slow: ${(ms / 1_000).toFixed(1)} s ${name}`);
  return [...slowest, ...lines, `${passed} passed, ${failed} failed, ${skipped.length} skipped`].join('\n');
}
