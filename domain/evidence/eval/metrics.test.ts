import fc from 'fast-check';
import { expect, test } from 'vitest';
import { createMeasurement, type Metrics } from './metrics.ts';
import type { TrajectoryEntry } from './trajectory.ts';

const NOTHING = {
  tool: null,
  sha256: null,
  exitCode: null,
  isError: null,
  durationMs: null,
  costUsd: null,
  inputTokens: null,
  outputTokens: null,
  to: null,
};
const entry = (type: string, said: Partial<TrajectoryEntry> = {}): TrajectoryEntry => ({
  id: 'j_1',
  ts: '2026-01-01T00:00:00.000Z',
  type,
  ...NOTHING,
  ...said,
});

function measure(entries: readonly TrajectoryEntry[]): Metrics {
  const measurement = createMeasurement();
  for (const one of entries) measurement.add(one);
  return measurement.metrics();
}
const times = (count: number, one: TrajectoryEntry) => Array.from({ length: count }, () => one);
const modes = (entries: readonly TrajectoryEntry[]) => measure(entries).failure_modes;

test('a trajectory of nothing is all zeros', () => {
  expect(measure([])).toEqual({
    ...{ tool_call_count: 0, tool_success_rate: 0, steps_to_goal: 0, convergence_ratio: 0, total_cost_usd: 0 },
    ...{ total_tokens: 0, hallucinations: 0, failure_modes: [] },
  });
});

test('an exit code of 0 or none is a success, and so is what a keeper allows', () => {
  const judged = [
    entry('exec.command', { exitCode: '0' }),
    entry('exec.command'),
    entry('exec.command', { exitCode: '3' }),
    entry('exec.command', { isError: 'true' }),
    entry('keeper.decision', { tool: 'ALLOW' }),
    entry('keeper.decision', { tool: 'DENY' }),
  ];
  expect(measure(judged).tool_success_rate).toBe(0.5);
});

test('the goal is the first time that the mission is completed, in any case; without it all steps count', () => {
  const toGoal = [entry('exec.command'), entry('mission.status_change', { to: 'Completed' }), entry('exec.command')];
  expect(measure(toGoal).steps_to_goal).toBe(2);
  expect(measure(toGoal.toReversed().slice(0, 1)).steps_to_goal).toBe(1);
  expect(measure([entry('exec.command'), entry('mission.status_change', { to: 'FAILED' })]).steps_to_goal).toBe(2);
});

test('assignments before the mission ran count for convergence', () => {
  const made = entry('assignment.created');
  const ran = entry('mission.status_change', { to: 'IN_PROGRESS' });
  const done = entry('mission.status_change', { to: 'COMPLETED' });
  expect(measure([made, made, ran, made, done]).convergence_ratio).toBe(3 / 5);
});

test('the same command six times within two minutes of steps is a loop, whatever the day says', () => {
  const quick = entry('exec.command', { tool: 'bash', durationMs: '24000' });
  const slow = entry('exec.command', { tool: 'bash', durationMs: '24001' });
  expect(modes(times(6, quick))).toEqual(['tool_loop']);
  expect(modes(times(6, slow))).toEqual([]);
  expect(modes(times(5, quick))).toEqual([]);
  const others = Array.from({ length: 9 }, (_, n) => entry('exec.command', { tool: 'bash', sha256: `h${n}` }));
  expect(modes(others)).toEqual([]);
});

test('guardrails, escalations and budgets are failure modes beyond what may happen', () => {
  expect(modes(times(3, entry('guardrail.input_blocked')))).toEqual([]);
  expect(modes(times(4, entry('guardrail.input_blocked')))).toEqual(['guardrail_cascade']);
  expect(modes(times(2, entry('peer.escalation', { to: 'pending' })))).toEqual([]);
  expect(modes(times(3, entry('peer.escalation', { to: 'pending' })))).toEqual(['escalation_loop']);
  expect(modes(times(9, entry('peer.escalation', { to: 'resolved' })))).toEqual([]);
  expect(modes([entry('budget.warning')])).toEqual([]);
  expect(modes([entry('budget.exceeded')])).toEqual(['budget_runaway']);
});

test('money is summed in millionths, so that a thousand dimes are a hundred dollars', () => {
  const calls = times(1_000, entry('llm.call', { costUsd: '0.1', inputTokens: '3', outputTokens: '4' }));
  expect(measure(calls)).toMatchObject({ total_cost_usd: 100, total_tokens: 7_000, tool_call_count: 1_000 });
});

test('whatever crews write, metrics are numbers that a caller can read', () => {
  const text = fc.option(fc.oneof(fc.string(), fc.double().map(String), fc.integer().map(String)));
  const hostile = fc.record({
    type: fc.constantFrom('exec.command', 'llm.call', 'keeper.decision', 'mission.status_change', 'guardrail.x'),
    ...{ tool: text, sha256: text, exitCode: text, isError: text, durationMs: text, costUsd: text },
    ...{ inputTokens: text, outputTokens: text, to: text },
  });
  fc.assert(
    fc.property(fc.array(hostile, { maxLength: 20 }), (all) => {
      const metrics = measure(all.map((one) => entry(one.type, one)));
      for (const value of Object.values(metrics)) {
        if (typeof value === 'number') expect(Number.isFinite(value) && value >= 0).toBe(true);
      }
      expect(metrics.tool_success_rate).toBeLessThanOrEqual(1);
    }),
  );
});
