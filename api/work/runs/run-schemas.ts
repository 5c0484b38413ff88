import { z } from 'zod';
import { PUBLIC_RUN_STATUSES, RUN_PURPOSES, RUN_TRIGGERS } from '../../../domain/work/runs/run.ts';
import { idField, refField, timeField } from '../../http/kernel/fields.ts';
import { artifactRefAnswer } from '../artifacts/artifact-schemas.ts';
import { pageQuery } from '../../http/kernel/pagination.ts';

export const runAnswer = z.object({
  id: z.string(),
  workspace_id: z.string(),
  agent_id: z.string().nullable(),
  agent_name: z.string().nullable(),
  agent_slug: z.string().nullable(),
  crew_id: z.string().nullable(),
  crew_name: z.string().nullable(),
  mission_id: z.string().nullable(),
  task_id: z.string().nullable(),
  chat_id: z.string().nullable(),
  triggered_by: z.string().nullable(),
  trigger_type: z.enum(RUN_TRIGGERS),
  purpose: z
    .enum(RUN_PURPOSES)
    .describe('planning: the lead makes the tasks of a mission that was started without any'),
  status: z.enum(PUBLIC_RUN_STATUSES),
  iteration: z.int(),
  attempt_no: z.int(),
  predecessor_id: z.string().nullable().describe('the run of the same task before this one'),
  started_at: timeField.nullable(),
  finished_at: timeField.nullable(),
  error_code: z.string().nullable(),
  error_message: z.string().nullable(),
  exit_code: z.int().nullable(),
  model: z.string().nullable(),
  token_count: z.int(),
  cost_usd: z.string().describe('US dollars, six decimals, as text: never a float'),
  disk_bytes: z.int().nullable().describe('what its directory takes on its host; null: not measured yet, or trimmed'),
  metadata: z.record(z.string(), z.unknown()),
  config_versions: z
    .record(z.string(), z.object({ key: z.string(), version: z.int() }))
    .describe('which configuration it was started with, by its kind'),
  created_at: timeField,
});

export const oneRunAnswer = runAnswer.extend({
  artifacts: z.array(artifactRefAnswer).describe('what it published'),
});

export const taskRunAnswer = runAnswer.extend({
  agent_label: z.string().nullable().describe('of an agent that Crewship does not know'),
  external_ref: z.string().nullable(),
  progress: z.int().nullable().describe('percent'),
  output_summary: z.string().nullable(),
});

export const runListQuery = z.object({
  workspace_id: idField.optional(),
  status: z.enum(PUBLIC_RUN_STATUSES).optional(),
  agent_id: idField.optional(),
  mission_id: idField.optional(),
  trigger: z.enum(RUN_TRIGGERS).optional(),
  tag: z.string().min(1).max(100).optional(),
  page: z.coerce.number().int().min(1).max(100_000).optional().describe('an alternative to `offset`, from 1'),
  ...pageQuery({ defaultLimit: 50 }),
});

export const runListAnswer = z.object({
  data: z.array(runAnswer),
  stats: z.object({ running: z.int(), today: z.int(), failed: z.int() }),
  pagination: z.object({ page: z.int(), limit: z.int(), total: z.int(), total_pages: z.int() }),
});

const counted = { total: z.int(), failed: z.int().describe('failed or timed out') };
const counts = z.array(z.object({ key: z.string(), ...counted }));

export const insightsQuery = z.object({
  workspace_id: idField.optional(),
  window: z.enum(['24h', '7d', '30d']).default('24h'),
});

export const insightsAnswer = z.object({
  window: z.enum(['24h', '7d', '30d']),
  totals: z.object({ ...counted, succeeded: z.int(), running: z.int() }),
  duration: z.object({ p50_ms: z.int().nullable(), p95_ms: z.int().nullable() }).describe('of runs that have ended'),
  by_trigger: counts,
  by_model: counts.describe('`unknown`: the run named no model'),
  by_crew: z.array(z.object({ id: z.string(), name: z.string(), ...counted })).describe('the eight with most runs'),
  top_agents: z
    .array(z.object({ id: z.string(), name: z.string(), crew_name: z.string().nullable(), ...counted }))
    .describe('the eight with most runs'),
  truncated: z.boolean().describe('the window holds more runs than are looked at; the newest are'),
});

export const runQuery = z.object({ workspace_id: idField.optional() });
export const runParams = z.object({ runId: idField });
export const agentRunsParams = z.object({ agentId: refField });
export const agentRunsQuery = z.object({ workspace_id: idField.optional(), ...pageQuery({ defaultLimit: 100 }) });
