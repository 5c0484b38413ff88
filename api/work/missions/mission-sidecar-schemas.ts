import { z } from 'zod';
import { MISSION_STATUSES } from '../../../domain/work/missions/mission-status.ts';
import { createMissionCall } from '../../../domain/work/missions/mission-calls.ts';
import { gateAnswer } from '../../crew-side/caller/gate-members.ts';
import { idField, sharedFields, timeField } from '../../http/kernel/fields.ts';
import { taskAnswer } from './task-schemas.ts';

/** Unknown members are ignored: sidecars older and newer than this process live beside it. */
export const internalMissionBody = createMissionCall
  .input(sharedFields)
  .extend({ workflow_template: z.string().max(100).nullable().default(null) });

export const internalMissionCreated = z.object({
  id: z.string(),
  identifier: z.string(),
  trace_id: z.string(),
  status: z.literal('PLANNING'),
  tasks: z.record(z.string(), z.string()).describe('task_order → id'),
  ...gateAnswer,
});

export const internalMissionParams = z.object({ missionId: idField });

export const internalMissionAnswer = z.object({
  mission: z.object({
    id: z.string(),
    identifier: z.string(),
    trace_id: z.string(),
    title: z.string(),
    description: z.string().nullable(),
    status: z.enum(MISSION_STATUSES),
    created_at: timeField,
  }),
  tasks: z.array(taskAnswer),
});

export const internalStartAnswer = z.object({ id: z.string(), status: z.literal('IN_PROGRESS') });
