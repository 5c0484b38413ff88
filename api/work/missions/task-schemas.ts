import { z } from 'zod';
import { MAX_DEPENDENCIES_PER_TASK, TASKS_SHOWN } from '../../../domain/work/missions/mission.ts';
import { TASK_STATUSES } from '../../../domain/work/missions/task-status.ts';
import { idField, nameField, refField, searchField, timeField } from '../../http/kernel/fields.ts';
import { pageQuery } from '../../http/kernel/pagination.ts';

export const taskAnswer = z.object({
  id: z.string(),
  mission_id: z.string(),
  assigned_agent_id: z.string().nullable(),
  agent_name: z.string().nullable(),
  agent_slug: z.string().nullable(),
  title: z.string(),
  description: z.string().nullable(),
  status: z.enum(TASK_STATUSES),
  task_order: z.int(),
  depends_on: z.string().describe('task ids as a JSON array in a string'),
  iteration: z.int(),
  max_iterations: z.int().nullable(),
  run_id: z.string().nullable().describe('the latest attempt'),
  assignment_id: z.string().nullable(),
  result_summary: z.string().nullable(),
  output_path: z.string().nullable(),
  error_message: z.string().nullable(),
  error_code: z.string().nullable(),
  token_count: z.int(),
  estimated_cost: z.number().describe('US dollars'),
  started_at: timeField.nullable(),
  completed_at: timeField.nullable(),
  duration_ms: z.int().nullable(),
  confidence: z.number().nullable(),
  needs_review: z.boolean(),
  handoff_context: z.record(z.string(), z.unknown()).nullable(),
  evaluation_status: z.string().nullable(),
  evaluation_notes: z.string().nullable(),
  approval_required: z.boolean(),
  approval_status: z.string().nullable(),
  approved_by: z.string().nullable(),
  approved_at: timeField.nullable(),
  created_at: timeField,
  updated_at: timeField,
});

const description = z.string().max(20_000).nullable();
const dependencies = z.array(idField).max(MAX_DEPENDENCIES_PER_TASK);
const maxIterations = z.int().min(0).max(50).nullable();

/** A JSON array of ids in a string. */
const encodedDependencies = z
  .string()
  .max(40_000)
  .transform((text, context) => {
    try {
      return JSON.parse(text) as unknown;
    } catch {
      context.addIssue({ code: 'custom', message: 'must be a JSON array of task ids, in a string' });
      return z.NEVER;
    }
  })
  .pipe(dependencies);

export const taskListQuery = z.object({
  q: searchField.describe('in the title'),
  ...pageQuery({ defaultLimit: 100, maxLimit: TASKS_SHOWN }),
});
export const newTaskParams = z.object({ crewId: refField, missionId: idField });
export const taskParams = z.object({ crewId: refField, missionId: idField, taskId: idField });

export const newTaskBody = z.strictObject({
  title: nameField(1, 500),
  description: description.default(null),
  assigned_agent_id: idField.nullable().default(null).describe('null: the mission’s lead'),
  task_order: z.int().min(0).max(1_000_000).default(0),
  depends_on: dependencies.default([]).describe('ids of tasks of this mission'),
  max_iterations: maxIterations.default(null).describe('a failed task is tried again while it has iterations left'),
  approval_required: z
    .boolean()
    .default(false)
    .describe('a person approves the result, unless its confidence reaches the crew’s auto_approve_threshold'),
});

export const taskPatchBody = z.strictObject({
  title: nameField(1, 500).optional(),
  description: description.optional(),
  assigned_agent_id: idField.nullable().optional(),
  depends_on: encodedDependencies.optional().describe('task ids as a JSON array in a string; not together with status'),
  max_iterations: maxIterations.optional(),
  approval_required: z.boolean().optional().describe('until the task is done'),
  status: z.enum(TASK_STATUSES).optional(),
  result_summary: z.string().max(8_000).nullable().optional(),
  error_message: z.string().max(2_000).nullable().optional(),
  output_path: z.string().max(1_024).nullable().optional(),
  token_count: z.int().min(0).max(1_000_000_000_000).optional(),
  estimated_cost: z.number().min(0).max(1_000_000).optional().describe('US dollars'),
});
