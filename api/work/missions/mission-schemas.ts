import { z } from 'zod';
import { MISSION_STATUSES } from '../../../domain/work/missions/mission-status.ts';
import { idField, nameField, refField, searchField, timeField } from '../../http/kernel/fields.ts';
import { pageQuery } from '../../http/kernel/pagination.ts';
import { taskAnswer } from './task-schemas.ts';

/** 30 days. */
const MAX_TIMEOUT_SECONDS = 2_592_000;

const taskStats = z.object({
  total: z.int(),
  pending: z.int(),
  blocked: z.int(),
  in_progress: z.int(),
  awaiting_approval: z.int(),
  completed: z.int(),
  failed: z.int(),
  skipped: z.int(),
  cancelled: z.int(),
});

export const missionAnswer = z.object({
  id: z.string(),
  identifier: z.string().describe('`MIS-<n>`, counted in the workspace: taken wherever the id is'),
  workspace_id: z.string(),
  crew_id: z.string(),
  lead_agent_id: z.string(),
  lead_agent_name: z.string(),
  lead_agent_slug: z.string(),
  trace_id: z.string(),
  title: z.string(),
  description: z.string().nullable(),
  status: z.enum(MISSION_STATUSES),
  plan: z.string().nullable(),
  workflow_template: z.string().nullable(),
  timeout_seconds: z.int(),
  total_token_count: z.int(),
  total_estimated_cost: z.number().describe('US dollars'),
  failure_reason: z.string().nullable(),
  planning: z
    .object({
      iteration: z.int().describe('2: the first plan was refused'),
      run_id: z.string().nullable(),
      problems: z.array(z.string()).describe('why the first plan was refused'),
    })
    .nullable()
    .describe('the lead makes the tasks of a mission that was started without any'),
  paused_at: timeField.nullable(),
  waiting_for: z
    .object({
      kind: z.enum(['clock']),
      detail: z.enum(['workspace_paused', 'crew_paused', 'mission_paused']),
      since: timeField,
    })
    .nullable()
    .describe('why it begins nothing: it, its crew or its workspace is paused'),
  deadline_at: timeField.nullable().describe('when the mission fails for lack of time; null unless IN_PROGRESS'),
  clock_stopped_at: timeField
    .nullable()
    .describe(
      'since when its time does not count: paused, or waiting for people only; the deadline moves on by that long',
    ),
  started_at: timeField.nullable(),
  completed_at: timeField.nullable(),
  created_at: timeField,
  updated_at: timeField,
  task_stats: taskStats,
  tasks: z.array(taskAnswer).optional().describe('only when asked for'),
});

const list = {
  q: searchField.describe('in the title, or in that of one of its tasks'),
  workspace_id: idField.optional(),
  status: z.enum(MISSION_STATUSES).optional(),
  ...pageQuery({ defaultLimit: 20 }),
};

export const workspaceMissionsQuery = z.object({ ...list, include_tasks: z.enum(['true', 'false']).default('false') });
export const crewMissionsQuery = z.object(list);
export const crewMissionsParams = z.object({ crewId: refField });
export const missionParams = z.object({ crewId: refField, missionId: idField });

const description = z.string().max(20_000).nullable();

export const newMissionBody = z.strictObject({
  title: nameField(1, 500),
  lead_agent_id: idField.describe('the LEAD of this crew'),
  description: description.default(null),
  workflow_template: z.string().max(100).nullable().default(null),
  timeout_seconds: z.int().min(1).max(MAX_TIMEOUT_SECONDS).nullable().default(null).describe('default: two hours'),
});

export const missionPatchBody = z.strictObject({
  title: nameField(1, 500).optional(),
  description: description.optional(),
  plan: z.string().max(100_000).nullable().optional(),
  status: z.enum(MISSION_STATUSES).optional(),
});
