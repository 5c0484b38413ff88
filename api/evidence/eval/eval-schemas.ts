import { z } from 'zod';
import { EVAL_KINDS, EVAL_STATUSES, MAX_SEED } from '../../../domain/evidence/eval/eval-run.ts';
import { FAILURE_MODES } from '../../../domain/evidence/eval/metrics.ts';
import { idField, timeField } from '../../http/kernel/fields.ts';
import { pageQuery } from '../../http/kernel/pagination.ts';

const generationField = z
  .int()
  .min(1)
  .max(1_000_000_000)
  .optional()
  .describe('the generation of the mission; default: the newest that has ended');

export const replayBody = z.strictObject({
  mission_id: idField,
  seed: z.int().min(0).max(MAX_SEED).default(0).describe('recorded with the evaluation; 0 is the server’s default'),
  generation: generationField,
});

export const regressionBody = z.strictObject({
  baseline_mission_id: idField,
  candidate_mission_id: idField,
  baseline_generation: generationField,
  candidate_generation: generationField,
});

export const evalQueuedAnswer = z.object({ run_id: z.string(), status: z.literal('queued') });
export const evalParams = z.object({ evalRunId: idField });
export const evalListQuery = z.object({
  workspace_id: idField.optional(),
  ...pageQuery({ defaultLimit: 50, maxLimit: 200 }),
});

export const evalRunAnswer = z.object({
  id: z.string(),
  workspace_id: z.string(),
  kind: z.enum(EVAL_KINDS),
  mission_id: z.string().describe('of a replay; else empty'),
  baseline_mission_id: z.string().describe('of a regression; else empty'),
  candidate_mission_id: z.string().describe('of a regression; else empty'),
  seed: z.int(),
  seed_signature: z
    .string()
    .describe('`sha256:` and the digest of the sequence of steps and tools, the candidate’s of a regression'),
  status: z.enum(EVAL_STATUSES),
  result: z.string().describe('what came of it, for people; of a failed one why'),
  tokens: z.int(),
  cost_usd: z.number(),
  regressed: z.boolean().describe('of a regression: at least one metric crossed its threshold'),
  created_by: z.string(),
  created_at: timeField,
  updated_at: timeField,
});

export const evalListAnswer = z.object({
  rows: z.array(evalRunAnswer),
  count: z.int().describe('rows in this answer'),
  limit: z.int(),
});

const measuredAnswer = z.object({
  generation: z.int(),
  steps: z.int(),
  signature: z.string(),
  metrics: z.object({
    tool_call_count: z.int(),
    tool_success_rate: z.number(),
    steps_to_goal: z.int(),
    convergence_ratio: z.number(),
    total_cost_usd: z.number(),
    total_tokens: z.int(),
    hallucinations: z.int(),
    failure_modes: z.array(z.enum(FAILURE_MODES)),
  }),
});

const stepAnswer = z
  .object({ entry_id: z.string(), ts: timeField, type: z.string(), tool: z.string() })
  .nullable()
  .describe('null: this one has ended');

export const evalReportAnswer = z.object({
  run: evalRunAnswer,
  thresholds: z.object({
    tool_success_drop: z.number(),
    steps_rise: z.number(),
    cost_rise: z.number(),
    hallucinations_rise: z.number(),
  }),
  mission: measuredAnswer.nullable(),
  baseline: measuredAnswer.nullable(),
  candidate: measuredAnswer.nullable(),
  comparison: z
    .array(
      z.object({
        metric: z.string(),
        name: z.string().describe('as `result` names it'),
        baseline: z.number(),
        candidate: z.number(),
        threshold: z.number(),
        outcome: z.enum(['passed', 'tripped', 'not_compared']).describe('not_compared: the baseline is 0'),
        change: z.string().nullable(),
      }),
    )
    .nullable(),
  divergence: z
    .object({ step: z.int(), baseline: stepAnswer, candidate: stepAnswer })
    .nullable()
    .describe('the first step that the two do not share; null where they are the same'),
});
