import { z } from 'zod';
import {
  ESCALATION_ACTIONS,
  ESCALATION_STATUSES,
  ESCALATION_TYPES,
} from '../../../domain/people/escalations/escalation.ts';
import { ANSWER_DELIVERIES } from '../../../domain/people/escalations/answer-delivery.ts';
import { idField, optionalBody, refField, timeField } from '../../http/kernel/fields.ts';
import { pageQuery } from '../../http/kernel/pagination.ts';

export const escalationAnswer = z.object({
  id: z.string(),
  workspace_id: z.string(),
  crew_id: z.string(),
  agent_id: z.string().nullable(),
  mission_id: z.string().nullable(),
  task_id: z.string().nullable(),
  run_id: z.string().nullable(),
  chat_id: z.string().nullable(),
  credential_id: z.string().nullable(),
  type: z.enum(ESCALATION_TYPES),
  from_name: z.string(),
  from_slug: z.string(),
  reason: z.string(),
  context: z.string().nullable(),
  metadata: z.record(z.string(), z.unknown()).nullable(),
  status: z.enum(ESCALATION_STATUSES),
  resolution: z.string().nullable(),
  action: z.enum(ESCALATION_ACTIONS).nullable(),
  redirect_to: z.string().nullable(),
  cancel_reason: z.string().nullable(),
  resolved_by: z.string().nullable(),
  resolved_at: timeField.nullable(),
  deadline_at: timeField.describe('when the agent stops waiting; the question stays open'),
  answer_deadline_at: timeField.describe('until when people may answer'),
  agent_gave_up_at: timeField.nullable(),
  delivery: z.enum(ANSWER_DELIVERIES).nullable().describe('what the answer did when it came'),
  delivery_run_id: z.string().nullable().describe('the attempt that a late answer belongs to'),
  delivered_at: timeField.nullable().describe('when that attempt had it'),
  acknowledged_at: timeField.nullable().describe('when that attempt said so'),
  created_at: timeField,
  updated_at: timeField,
});

export const crewEscalationsParams = z.object({ crewId: refField });
export const crewEscalationsQuery = z.object({
  workspace_id: idField.optional(),
  status: z.string().max(32).optional().describe('an unknown status matches nothing'),
  ...pageQuery({ defaultLimit: 50 }),
});

export const escalationParams = z.object({ escalationId: idField });

export const resolveBody = z
  .strictObject({
    resolution: z.string().min(1).max(20_000),
    action: z.enum(ESCALATION_ACTIONS).default('approve'),
    redirect_to: z.string().min(1).max(255).nullable().default(null).describe('with the action `redirect` only'),
  })
  .refine(({ action, redirect_to: to }) => (action === 'redirect') === (to !== null), {
    path: ['redirect_to'],
    message: 'goes with the action redirect, and redirect with it',
  });

export const resolveAnswer = z.object({
  id: z.string(),
  status: z.literal('RESOLVED'),
  action: z.enum(ESCALATION_ACTIONS),
  agent_still_waiting: z.boolean(),
  agent_gave_up_at: timeField.optional(),
  note: z.string().optional(),
  delivery: z
    .object({
      kind: z
        .enum(ANSWER_DELIVERIES)
        .describe(
          'waiter: the agent was waiting. running_task: the attempt that runs its task can still ask for it. ' +
            'next_task: the mission’s next attempt gets it. none: nobody is left to use it',
        ),
      task_id: z.string().optional(),
      run_id: z.string().optional(),
    })
    .describe('what the answer does'),
});

export const cancelBody = optionalBody(z.strictObject({ reason: z.string().max(2_000).nullable().optional() }));
