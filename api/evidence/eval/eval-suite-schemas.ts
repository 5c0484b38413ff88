import { z } from 'zod';
import type { Thresholds } from '../../../domain/evidence/eval/compare-metrics.ts';
import { type EvalSuite, MOST_CASES } from '../../../domain/evidence/eval/eval-suite.ts';
import { EVAL_STATUSES } from '../../../domain/evidence/eval/eval-run.ts';
import { JOB_STATUSES } from '../../../domain/work/jobs/job-status.ts';
import { clearableField, idField, nameField, timeField } from '../../http/kernel/fields.ts';
import { listOf, pageQuery } from '../../http/kernel/pagination.ts';

const generationField = z.int().min(1).max(1_000_000_000);

const thresholdsField = z.strictObject({
  tool_success_drop: z.number().min(0).max(1),
  steps_rise: z.number().min(0).max(1_000),
  cost_rise: z.number().min(0).max(1_000),
  hallucinations_rise: z.number().min(0).max(1_000_000),
});

const caseField = z.strictObject({
  name: nameField(1, 100),
  baseline_mission_id: idField,
  baseline_generation: generationField.nullable().default(null).describe('null: the newest that has ended'),
});
const casesField = z.array(caseField).min(1).max(MOST_CASES);

export const suiteParams = z.object({ evalSuiteId: idField });
export const suiteRunParams = z.object({ evalSuiteRunId: idField });
export const suitesQuery = z.object({ workspace_id: idField.optional(), ...pageQuery({ defaultLimit: 50 }) });

export const newSuiteBody = z
  .strictObject({
    name: nameField(1, 100),
    thresholds: thresholdsField.nullable().default(null).describe('null: the workspace’s at the time of a run'),
    cases: casesField,
  })
  .meta({ example: { name: 'Nightly', cases: [{ name: 'report', baseline_mission_id: 'ckv0x7w0000008l0g0000' }] } });

export const suitePatchBody = z
  .strictObject({
    name: nameField(1, 100).optional(),
    thresholds: thresholdsField.nullable().optional(),
    cases: casesField.optional().describe('in place of those that it has'),
    version: z.int().min(1).max(2_147_483_647).optional().describe('the one that was read'),
  })
  .meta({ example: { name: 'Nightly', version: 1 } });

export const suiteRunBody = z
  .strictObject({
    label: clearableField(200).default(null).describe('what the candidates are, as people say it: a release'),
    candidates: z
      .array(
        z.strictObject({
          case: nameField(1, 100),
          mission_id: idField,
          generation: generationField.optional().describe('default: the newest that has ended'),
        }),
      )
      .min(1)
      .max(MOST_CASES),
  })
  .meta({ example: { label: '2.4', candidates: [{ case: 'report', mission_id: 'ckv0x7w0000008l0g0000' }] } });

export const suiteAnswer = z.object({
  id: z.string(),
  name: z.string(),
  thresholds: thresholdsField.nullable(),
  cases: z.array(
    z.object({ name: z.string(), baseline_mission_id: z.string(), baseline_generation: z.int().nullable() }),
  ),
  version: z.int(),
  created_by: z.string().nullable(),
  created_at: timeField,
  updated_at: timeField,
});

const count = z.int().nullable().describe('null: not all are over');
const suiteRunAnswer = z.object({
  id: z.string(),
  suite_id: z.string(),
  label: z.string().nullable(),
  status: z.enum(JOB_STATUSES),
  passed: count,
  regressed: count,
  failed: count,
  created_by: z.string().nullable(),
  created_at: timeField,
});

export const suitesAnswer = listOf(suiteAnswer);
export const suiteRunsAnswer = listOf(suiteRunAnswer);
export const queuedSuiteAnswer = z.object({ suite_run_id: z.string(), job_id: z.string() });
export const wholeSuiteRunAnswer = suiteRunAnswer.extend({
  results: z.array(
    z.object({
      case: z.string(),
      eval_run_id: z.string(),
      candidate_mission_id: z.string(),
      status: z.enum(EVAL_STATUSES),
      regressed: z.boolean(),
      result: z.string(),
    }),
  ),
});

export function toThresholds(given: z.output<typeof thresholdsField>): Thresholds {
  return {
    toolSuccessDrop: given.tool_success_drop,
    stepsRise: given.steps_rise,
    costRise: given.cost_rise,
    hallucinationsRise: given.hallucinations_rise,
  };
}

export function toSuiteAnswer({ thresholds, ...suite }: EvalSuite): z.input<typeof suiteAnswer> {
  return {
    ...suite,
    cases: [...suite.cases],
    thresholds:
      thresholds === null
        ? null
        : {
            tool_success_drop: thresholds.toolSuccessDrop,
            steps_rise: thresholds.stepsRise,
            cost_rise: thresholds.costRise,
            hallucinations_rise: thresholds.hallucinationsRise,
          },
  };
}
