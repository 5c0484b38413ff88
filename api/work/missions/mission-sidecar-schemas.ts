import { z } from 'zod';
import { MISSION_STATUSES } from '../../../domain/work/missions/mission-status.ts';
import { MAX_DEPENDENCIES_A_TASK, MAX_TASKS_A_MISSION } from '../../../domain/work/missions/mission.ts';
import { gateAnswer } from '../../crew-side/caller/gate-members.ts';
import { idField, nameField, timeField } from '../../http/kernel/fields.ts';
import { taskAnswer } from './task-schemas.ts';

const order = z.int().min(0).max(1_000_000);
const description = z.string().max(20_000).nullable().default(null);

/** Unknown members are ignored: sidecars older and newer than this process live beside it. */
export const internalMissionBody = z.object({
  title: nameField(1, 500),
  lead_agent_id: idField.describe('the LEAD of this crew'),
  description,
  plan: z.string().max(100_000).nullable().default(null),
  workflow_template: z.string().max(100).nullable().default(null),
  tasks: z
    .array(
      z.object({
        title: nameField(1, 500),
        description,
        assigned_agent_id: idField.nullable().default(null).describe('an agent of this crew; null: the lead'),
        task_order: order.optional().describe('default: its place in the list, from 0'),
        depends_on: z
          .array(order)
          .max(MAX_DEPENDENCIES_A_TASK)
          .default([])
          .describe('task_order of other tasks of the list'),
        max_iterations: z.int().min(0).max(50).nullable().default(null),
      }),
    )
    .max(MAX_TASKS_A_MISSION)
    .default([]),
});

export const internalMissionCreated = z.object({
  id: z.string(),
  trace_id: z.string(),
  status: z.literal('PLANNING'),
  tasks: z.record(z.string(), z.string()).describe('task_order → id'),
  ...gateAnswer,
});

export const internalMissionParams = z.object({ missionId: idField });

export const internalMissionAnswer = z.object({
  mission: z.object({
    id: z.string(),
    trace_id: z.string(),
    title: z.string(),
    description: z.string().nullable(),
    status: z.enum(MISSION_STATUSES),
    created_at: timeField,
  }),
  tasks: z.array(taskAnswer),
});

export const internalStartAnswer = z.object({ id: z.string(), status: z.literal('IN_PROGRESS') });
