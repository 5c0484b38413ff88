import { stepOf, type TrajectoryEntry } from './trajectory.ts';

export const FAILURE_MODES = ['tool_loop', 'budget_runaway', 'guardrail_cascade', 'escalation_loop'] as const;
export type FailureMode = (typeof FAILURE_MODES)[number];

/** What is computed of a trajectory: docs/contracts/eval.md, Metrics. */
export type Metrics = {
  readonly tool_call_count: number;
  readonly tool_success_rate: number;
  readonly steps_to_goal: number;
  readonly convergence_ratio: number;
  readonly total_cost_usd: number;
  readonly total_tokens: number;
  readonly hallucinations: number;
  readonly failure_modes: readonly FailureMode[];
};
export type MetricName = keyof Metrics;
export const METRIC_NAMES = [
  'tool_call_count',
  'tool_success_rate',
  'steps_to_goal',
  'convergence_ratio',
  'total_cost_usd',
  'total_tokens',
  'hallucinations',
  'failure_modes',
] as const satisfies readonly MetricName[];

const LOOP_CALLS = 6;
const LOOP_WINDOW_MS = 120_000;
const CASCADE_GUARDRAILS = 4;
const LOOP_ESCALATIONS = 3;
/** Commands whose calls are looked at for loops: those called last. */
const MAX_LOOP_KEYS = 1_000;
const MAX_COUNT = Number.MAX_SAFE_INTEGER;

/** A number that an entry names; what is none, or less than nothing, is 0. */
function amount(text: string | null): number {
  const value = text === null ? 0 : Number(text);
  return Number.isFinite(value) && value > 0 ? Math.min(value, MAX_COUNT) : 0;
}

/** Whether a command was a success: an exit code that nobody told counts as one, an error that was told does not. */
function succeeded({ exitCode, isError }: TrajectoryEntry): boolean {
  return exitCode === null ? isError !== 'true' : Number(exitCode) === 0;
}

export interface Measurement {
  add(entry: TrajectoryEntry): void;
  metrics(): Metrics;
}

/** Measures a trajectory, entry by entry in its order. Its memory does not grow with the trajectory. */
export function createMeasurement(): Measurement {
  let steps = 0;
  let commands = 0;
  let successes = 0;
  let modelCalls = 0;
  let decisions = 0;
  let goalAt: number | null = null;
  let assignedBefore = 0;
  let isRunning = false;
  let costMicros = 0;
  let tokens = 0;
  let hallucinations = 0;
  let guardrails = 0;
  let escalations = 0;
  let isLooping = false;
  let isRunaway = false;
  // Of the steps, not of the day: what an agent waits for people is no loop of its tools.
  let elapsedMs = 0;
  const calls = new Map<string, number[]>();

  function addCommand(entry: TrajectoryEntry, key: string): void {
    commands += 1;
    if (succeeded(entry)) successes += 1;
    const times = calls.get(key) ?? [];
    calls.delete(key);
    if (calls.size >= MAX_LOOP_KEYS) calls.delete(calls.keys().next().value!);
    times.push(elapsedMs);
    if (times.length > LOOP_CALLS) times.shift();
    calls.set(key, times);
    if (times.length === LOOP_CALLS && elapsedMs - times[0]! <= LOOP_WINDOW_MS) isLooping = true;
  }

  function addStatus(to: string): void {
    if (to === 'completed') goalAt ??= steps;
    if (to === 'running' || to === 'in_progress') isRunning = true;
  }

  return {
    add(entry) {
      const { tool } = stepOf(entry);
      const { type } = entry;
      steps += 1;
      elapsedMs += amount(entry.durationMs);
      if (type === 'exec.command') addCommand(entry, `${tool} ${entry.sha256 ?? ''}`);
      else if (type === 'llm.call') {
        modelCalls += 1;
        costMicros += Math.round(amount(entry.costUsd) * 1_000_000);
        tokens += Math.round(amount(entry.inputTokens)) + Math.round(amount(entry.outputTokens));
      } else if (type === 'keeper.decision') {
        decisions += 1;
        if (tool.toUpperCase() === 'ALLOW') successes += 1;
      } else if (type === 'mission.status_change') addStatus((entry.to ?? '').toLowerCase());
      else if (type === 'assignment.created') assignedBefore += isRunning ? 0 : 1;
      else if (type === 'peer.escalation') {
        // Each has an entry of every state that it comes to; one is its beginning.
        if (entry.to === null || entry.to.toLowerCase() === 'pending') escalations += 1;
      } else if (type === 'budget.exceeded') isRunaway = true;
      else if (type.startsWith('guardrail.')) {
        guardrails += 1;
        if (type === 'guardrail.output_blocked') hallucinations += 1;
      }
    },
    metrics() {
      const judged = commands + decisions;
      const stepsToGoal = goalAt ?? steps;
      const present: Readonly<Record<FailureMode, boolean>> = {
        tool_loop: isLooping,
        budget_runaway: isRunaway,
        guardrail_cascade: guardrails >= CASCADE_GUARDRAILS,
        escalation_loop: escalations >= LOOP_ESCALATIONS,
      };
      return {
        tool_call_count: commands + modelCalls,
        tool_success_rate: judged === 0 ? 0 : successes / judged,
        steps_to_goal: stepsToGoal,
        convergence_ratio: stepsToGoal === 0 ? 0 : (assignedBefore + 1) / stepsToGoal,
        total_cost_usd: costMicros / 1_000_000,
        total_tokens: tokens,
        hallucinations,
        failure_modes: FAILURE_MODES.filter((mode) => present[mode]),
      };
    },
  };
}
