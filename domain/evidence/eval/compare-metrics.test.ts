import fc from 'fast-check';
import { expect, test } from 'vitest';
import { compareMetrics, THRESHOLD_SETTINGS, type Thresholds } from './compare-metrics.ts';
import type { Metrics } from './metrics.ts';

const THRESHOLDS: Thresholds = {
  toolSuccessDrop: THRESHOLD_SETTINGS.toolSuccessDrop.byDefault,
  stepsRise: THRESHOLD_SETTINGS.stepsRise.byDefault,
  costRise: THRESHOLD_SETTINGS.costRise.byDefault,
  hallucinationsRise: THRESHOLD_SETTINGS.hallucinationsRise.byDefault,
};
const metrics = (some: Partial<Metrics>): Metrics => ({
  ...{ tool_call_count: 0, tool_success_rate: 0.92, steps_to_goal: 10, convergence_ratio: 0, total_cost_usd: 1 },
  ...{ total_tokens: 0, hallucinations: 0, failure_modes: [] },
  ...some,
});
const compare = (baseline: Partial<Metrics>, candidate: Partial<Metrics>) =>
  compareMetrics({ baseline: metrics(baseline), candidate: metrics(candidate) }, THRESHOLDS);

test.each([
  ['tool_success_rate', 0.92, 0.84, true, 'tool success -8%'],
  ['tool_success_rate', 0.92, 0.88, false],
  ['tool_success_rate', 0.92, 0.87, false],
  ['tool_success_rate', 0.84, 0.92, false],
  ['steps_to_goal', 10, 12, false],
  ['steps_to_goal', 10, 13, true, 'steps +30%'],
  ['total_cost_usd', 1, 1.15, false],
  ['total_cost_usd', 1, 1.16, true, 'cost +16%'],
  ['hallucinations', 0, 1, true, 'hallucinations +1'],
  ['hallucinations', 1, 0, false],
] as const)('%s from %d to %d: regressed is %s', (metric, before, after, regressed, fragment?: string) => {
  const found = compare({ [metric]: before }, { [metric]: after });
  expect(found.regressed).toBe(regressed);
  expect(found.result).toBe(regressed ? `regressed: ${fragment}` : 'no_regression');
});

test('several fragments stand in one order', () => {
  const worse = { tool_success_rate: 0.84, total_cost_usd: 1.22 };
  expect(compare({}, worse).result).toBe('regressed: tool success -8% cost +22%');
});

test('what is relative to a baseline of 0 is not compared, and that is said', () => {
  const found = compare({ total_cost_usd: 0 }, { total_cost_usd: 5 });
  expect(found.regressed).toBe(false);
  expect(found.result).toBe('no_regression (not compared, as the baseline is 0: cost)');
  expect(found.metrics.find(({ metric }) => metric === 'total_cost_usd')).toMatchObject({
    outcome: 'not_compared',
    change: null,
  });
  expect(compare({ total_cost_usd: 0 }, { total_cost_usd: 0 }).result).toBe('no_regression');
});

test('a mission beside itself regresses nothing, whatever the thresholds', () => {
  const some = fc.record({
    tool_success_rate: fc.double({ min: 0, max: 1, noNaN: true }),
    steps_to_goal: fc.nat(),
    total_cost_usd: fc.double({ min: 0, max: 1e9, noNaN: true }),
    hallucinations: fc.nat(),
  });
  fc.assert(
    fc.property(some, (same) => {
      const strict = { toolSuccessDrop: 0, stepsRise: 0, costRise: 0, hallucinationsRise: 0 };
      const both = { baseline: metrics(same), candidate: metrics(same) };
      expect(compareMetrics(both, strict)).toMatchObject({ regressed: false, result: 'no_regression', delta: '' });
    }),
  );
});
