import type { Thresholds } from './compare-metrics.ts';
import type { EvalStatus } from './eval-run.ts';

/** A baseline that candidates are held against. */
export interface SuiteCase {
  readonly name: string;
  readonly baseline_mission_id: string;
  /** Null: the newest that has ended. */
  readonly baseline_generation: number | null;
}

export interface EvalSuite {
  readonly id: string;
  readonly name: string;
  /** Null: the workspace's at the time of a run. */
  readonly thresholds: Thresholds | null;
  readonly cases: readonly SuiteCase[];
  readonly version: number;
  readonly created_by: string | null;
  readonly created_at: string;
  readonly updated_at: string;
}

/** What one case of a run came to. */
export interface SuiteResult {
  readonly case: string;
  readonly eval_run_id: string;
  readonly candidate_mission_id: string;
  readonly status: EvalStatus;
  readonly regressed: boolean;
  readonly result: string;
}

export const MOST_CASES = 50;
export const MOST_SUITES = 200;

/** How many of each there are. */
export function countResults(results: readonly Pick<SuiteResult, 'status' | 'regressed'>[]) {
  const failed = results.filter(({ status }) => status === 'failed').length;
  const regressed = results.filter((result) => result.regressed).length;
  return { passed: results.length - failed - regressed, regressed, failed };
}
