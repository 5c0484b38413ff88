import { type ChangedFields, entryKind } from '../../kernel/journal/entry-kind.ts';
import type { ComparedMetric } from './compare-metrics.ts';
import type { EvalKind } from './eval-run.ts';
import type { MetricName } from './metrics.ts';

type Value = number | readonly string[];
type Missions =
  | { readonly mission_id: string }
  | { readonly baseline_mission_id: string; readonly candidate_mission_id: string };

/** Of the evaluation that `run_id` names. */
export const evalEntries = {
  'eval.run_started': entryKind<
    Missions & { readonly run_id: string; readonly kind: EvalKind; readonly seed: number }
  >(),
  /** `value` is the candidate’s where there are two. */
  'eval.metric': entryKind<{
    readonly run_id: string;
    readonly metric: MetricName;
    readonly value: Value;
    readonly baseline?: Value;
    readonly candidate?: Value;
  }>(),
  'eval.suite_created': entryKind(),
  'eval.suite_updated': entryKind<ChangedFields>(),
  'eval.suite_deleted': entryKind(),
  'eval.suite_completed': entryKind<{
    readonly suite_run_id: string;
    readonly passed: number;
    readonly regressed: number;
    readonly failed: number;
  }>(),
  'eval.regression_detected': entryKind<{
    readonly run_id: string;
    readonly baseline_mission_id: string;
    readonly candidate_mission_id: string;
    readonly delta_summary: string;
    readonly regressed_metrics: readonly ComparedMetric[];
  }>(),
};
