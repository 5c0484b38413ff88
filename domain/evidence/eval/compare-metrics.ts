import type { Metrics } from './metrics.ts';

/** By how much a candidate may be worse than its baseline; what is exactly as much worse passes. */
export interface Thresholds {
  /** Absolute, of 1. */
  readonly toolSuccessDrop: number;
  /** Of the baseline. */
  readonly stepsRise: number;
  /** Of the baseline. */
  readonly costRise: number;
  /** Absolute. */
  readonly hallucinationsRise: number;
}

/** The setting of each, and what counts where it is not set. */
export const THRESHOLD_SETTINGS = {
  toolSuccessDrop: { key: 'eval.tool_success_drop', byDefault: 0.05 },
  stepsRise: { key: 'eval.steps_rise', byDefault: 0.2 },
  costRise: { key: 'eval.cost_rise', byDefault: 0.15 },
  hallucinationsRise: { key: 'eval.hallucinations_rise', byDefault: 0 },
} as const satisfies Record<keyof Thresholds, { key: string; byDefault: number }>;

export type ComparedMetric = 'tool_success_rate' | 'steps_to_goal' | 'total_cost_usd' | 'hallucinations';

export interface MetricComparison {
  readonly metric: ComparedMetric;
  /** As a result names it. */
  readonly name: string;
  readonly baseline: number;
  readonly candidate: number;
  readonly threshold: number;
  /** `not_compared`: a rise is a part of the baseline, which is 0. */
  readonly outcome: 'passed' | 'tripped' | 'not_compared';
  /** The change in percent (of 1, or of the baseline), or a count; null where nothing was compared. */
  readonly change: string | null;
}

export interface Comparison {
  readonly regressed: boolean;
  readonly metrics: readonly MetricComparison[];
  /** One line for people. */
  readonly result: string;
  /** What tripped, as in `result`. */
  readonly delta: string;
}

/** What floating point adds to a difference that is exactly the threshold: 0.92 − 0.87 is more than 0.05 to it. */
const EPSILON = 1e-9;

const exceeds = (worse: number, threshold: number): boolean => worse > threshold + EPSILON;

/** A change with its sign, in whole numbers unless it is smaller than one. */
function signed(value: number): string {
  const size = Math.abs(value);
  const text = size >= 1 || size < 0.005 ? String(Math.round(size)) : String(Math.round(size * 100) / 100);
  return `${value < 0 && text !== '0' ? '-' : '+'}${text}`;
}

interface Rule {
  readonly metric: ComparedMetric;
  readonly name: string;
  readonly threshold: number;
  readonly kind: 'drop' | 'relative' | 'count';
}

const rulesOf = (thresholds: Thresholds): readonly Rule[] => [
  { metric: 'tool_success_rate', name: 'tool success', threshold: thresholds.toolSuccessDrop, kind: 'drop' },
  { metric: 'steps_to_goal', name: 'steps', threshold: thresholds.stepsRise, kind: 'relative' },
  { metric: 'total_cost_usd', name: 'cost', threshold: thresholds.costRise, kind: 'relative' },
  { metric: 'hallucinations', name: 'hallucinations', threshold: thresholds.hallucinationsRise, kind: 'count' },
];

function judge(rule: Rule, baseline: number, candidate: number): Pick<MetricComparison, 'outcome' | 'change'> {
  const rise = candidate - baseline;
  if (rule.kind === 'relative') {
    if (baseline === 0) return { outcome: candidate === 0 ? 'passed' : 'not_compared', change: null };
    const part = rise / baseline;
    return { outcome: exceeds(part, rule.threshold) ? 'tripped' : 'passed', change: `${signed(part * 100)}%` };
  }
  if (rule.kind === 'drop') {
    return { outcome: exceeds(-rise, rule.threshold) ? 'tripped' : 'passed', change: `${signed(rise * 100)}%` };
  }
  return { outcome: exceeds(rise, rule.threshold) ? 'tripped' : 'passed', change: signed(rise) };
}

/** Holds a candidate against its baseline: docs/contracts/eval.md, Regressions. */
export function compareMetrics(
  { baseline, candidate }: { readonly baseline: Metrics; readonly candidate: Metrics },
  thresholds: Thresholds,
): Comparison {
  const metrics = rulesOf(thresholds).map((rule): MetricComparison => {
    const { metric, name, threshold } = rule;
    const values = { baseline: baseline[metric], candidate: candidate[metric] };
    return { metric, name, ...values, threshold, ...judge(rule, values.baseline, values.candidate) };
  });
  const tripped = metrics.filter(({ outcome }) => outcome === 'tripped');
  const delta = tripped.map(({ name, change }) => `${name} ${change}`).join(' ');
  const skipped = metrics.filter(({ outcome }) => outcome === 'not_compared').map(({ name }) => name);
  const note = skipped.length === 0 ? '' : ` (not compared, as the baseline is 0: ${skipped.join(', ')})`;
  const regressed = tripped.length > 0;
  return { regressed, metrics, delta, result: `${regressed ? `regressed: ${delta}` : 'no_regression'}${note}` };
}
