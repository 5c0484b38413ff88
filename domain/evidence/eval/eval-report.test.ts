import { expect, test } from 'vitest';
import { compareMetrics } from './compare-metrics.ts';
import { type EvalReport, junitReport, markdownReport } from './eval-report.ts';
import type { EvalRun } from './eval-run.ts';
import type { Metrics } from './metrics.ts';

const metrics = (some: Partial<Metrics>): Metrics => ({
  ...{ tool_call_count: 3, tool_success_rate: 1, steps_to_goal: 4, convergence_ratio: 0.25, total_cost_usd: 0 },
  ...{ total_tokens: 7, hallucinations: 0, failure_modes: ['tool_loop'] },
  ...some,
});
const run: EvalRun = {
  ...{ id: 'er_0123456789abcdef', workspace_id: 'w1', kind: 'regression', mission_id: '', seed: 0 },
  ...{ baseline_mission_id: 'm1', candidate_mission_id: 'm2', seed_signature: 'sha256:00', status: 'completed' },
  ...{ result: 'regressed: x', tokens: 7, cost_usd: 1, regressed: true, created_by: 'u1' },
  ...{ created_at: '2026-01-01T00:00:00.000Z', updated_at: '2026-01-01T00:00:00.000Z' },
};
const thresholds = { toolSuccessDrop: 0.05, stepsRise: 0.2, costRise: 0.15, hallucinationsRise: 0 };
const sides = { baseline: metrics({}), candidate: metrics({ tool_success_rate: 0.5, total_cost_usd: 1 }) };
const measured = (of: Metrics) => ({ generation: 1, steps: 4, signature: 'sha256:00', metrics: of });
const step = (tool: string) => ({ entryId: 'j_1', ts: run.created_at, type: 'exec.command', tool });
const report: EvalReport = {
  run,
  findings: {
    thresholds,
    measured: { baseline: measured(sides.baseline), candidate: measured(sides.candidate) },
    comparison: compareMetrics(sides, thresholds),
    divergence: { step: 3, baseline: step('a & <b> | "c"\n# d'), candidate: null },
  },
};

test('JUnit has a failure for what tripped, a skipped case for what was not compared, and no foreign mark-up', () => {
  const xml = junitReport(report);
  expect(xml).toContain('tests="4" failures="1" errors="0" skipped="1"');
  expect(xml).toContain('<failure message="tool success -50%">1 to 0.5</failure>');
  expect(xml).toContain('<skipped message="the baseline is 0"/>');
  expect(xml).toContain('baseline exec.command a &amp; &lt;b&gt; | &quot;c&quot;');
  expect(xml).toContain('candidate has ended');
});

test('JUnit of an evaluation that failed is an error', () => {
  const failed = { ...report, run: { ...run, status: 'failed', result: 'mission <x> has not ended' } as const };
  expect(junitReport(failed)).toContain('<error message="mission &lt;x&gt; has not ended"/>');
  expect(markdownReport(failed)).toContain('- Status: failed\n- Result: mission \\<x\\> has not ended\n');
});

test('Markdown shows both sides, and what an agent named its tool stays text', () => {
  const text = markdownReport(report);
  expect(text).toContain('| tool\\_success\\_rate | 1 | 0.5 |');
  expect(text).toContain('First divergent step: 3');
  expect(text).toContain('- baseline: exec.command a \\& \\<b\\> \\| "c" \\# d\n- candidate: has ended');
});

test('a replay’s reports have its metrics', () => {
  const replay: EvalReport = {
    run: { ...run, kind: 'replay', mission_id: 'm1' },
    findings: { thresholds, measured: { mission: measured(sides.baseline) }, comparison: null, divergence: null },
  };
  expect(markdownReport(replay)).toContain('| failure\\_modes | tool\\_loop |');
  expect(junitReport(replay)).toContain(
    '<testcase classname="eval.replay" name="total_tokens"><system-out>7</system-out>',
  );
});
