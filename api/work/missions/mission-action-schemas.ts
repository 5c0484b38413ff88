import { z } from 'zod';
import { MISSION_STATUSES } from '../../../domain/work/missions/mission-status.ts';
import { idField, optionalBody, timeField } from '../../http/kernel/fields.ts';

export const cancelMissionBody = optionalBody(
  z.strictObject({ reason: z.string().max(2_000).nullable().optional().describe('kept in the journal') }),
);

export const taskDecisionBody = optionalBody(
  z.strictObject({ comment: z.string().max(2_000).nullable().optional().describe('kept with the decision') }),
);

export const resumedAnswer = z.object({
  id: z.string(),
  status: z.literal('IN_PROGRESS'),
  reset_tasks: z.int().describe('tasks that will run again'),
});

export const clonedAnswer = z.object({ id: z.string(), status: z.literal('PLANNING') });
export const cancelledAnswer = z.object({ id: z.string(), status: z.literal('CANCELLED') });

export const pausedAnswer = z.object({
  id: z.string(),
  status: z.enum(MISSION_STATUSES),
  paused_at: timeField.nullable(),
  deadline_at: timeField.nullable(),
});

export const metricsQuery = z.object({ workspace_id: idField.optional() });

export const metricsAnswer = z.object({
  total_missions: z.int(),
  active_missions: z.int().describe('PLANNING, IN_PROGRESS or REVIEW'),
  completed_24h: z.int(),
  failed_24h: z.int(),
  total_tokens_24h: z.int().describe('of tasks that ended in the last 24 hours'),
  total_cost_24h: z.number().describe('US dollars, of tasks that ended in the last 24 hours'),
  avg_completion_time_ms: z
    .int()
    .nullable()
    .describe('from the first start, of missions completed in the last 24 hours; null: none was'),
  tasks_completed_24h: z.int(),
  tasks_failed_24h: z.int(),
});
