import type { Comparison, Thresholds } from './compare-metrics.ts';
import type { Metrics } from './metrics.ts';
import type { Step } from './trajectory.ts';

export const EVAL_KINDS = ['replay', 'regression'] as const;
export type EvalKind = (typeof EVAL_KINDS)[number];
export const EVAL_STATUSES = ['queued', 'running', 'completed', 'failed'] as const;
export type EvalStatus = (typeof EVAL_STATUSES)[number];

/** Which of an evaluation's missions: a replay has one, a regression two. */
export type EvalSide = 'mission' | 'baseline' | 'candidate';

export const sidesOf = (kind: EvalKind): readonly EvalSide[] =>
  kind === 'replay' ? ['mission'] : ['baseline', 'candidate'];

/** What came of reading one mission. */
export type Measured = {
  readonly generation: number;
  readonly steps: number;
  /** `sha256:` and hex. */
  readonly signature: string;
  readonly metrics: Metrics;
};

/** Where two trajectories part: the first step, from 1, that they do not share. Null: the shorter one has ended. */
export type Divergence = {
  readonly step: number;
  readonly baseline: Step | null;
  readonly candidate: Step | null;
};

/** An evaluation as callers see it. */
export interface EvalRun {
  readonly id: string;
  readonly workspace_id: string;
  readonly kind: EvalKind;
  readonly mission_id: string;
  readonly baseline_mission_id: string;
  readonly candidate_mission_id: string;
  readonly seed: number;
  readonly seed_signature: string;
  readonly status: EvalStatus;
  readonly result: string;
  readonly tokens: number;
  readonly cost_usd: number;
  readonly regressed: boolean;
  readonly created_by: string;
  readonly created_at: string;
  readonly updated_at: string;
}

/** What an evaluation has found so far, and by what it judges. */
export interface EvalFindings {
  readonly thresholds: Thresholds;
  readonly measured: { readonly [Side in EvalSide]?: Measured };
  readonly comparison: Comparison | null;
  readonly divergence: Divergence | null;
}

/** How long an evaluation may be worked on, its waiting and its worker's absence not counted. */
export const EVAL_BUDGET_MS = 600_000;
export const MAX_SEED = Number.MAX_SAFE_INTEGER;
