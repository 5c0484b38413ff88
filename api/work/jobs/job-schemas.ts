import { z } from 'zod';
import type { JobRegistry } from '../../../domain/work/jobs/job-registry.ts';
import { JOB_EVENT_TYPES } from '../../../domain/work/jobs/job.ts';
import { JOB_HEALTHS, JOB_STATUSES } from '../../../domain/work/jobs/job-status.ts';
import { csvField, idField, momentField, optionalBody, timeField } from '../../http/kernel/fields.ts';
import { pageQuery } from '../../http/kernel/pagination.ts';

const MAX_WAIT_SECONDS = 60;
const MAX_EVENTS = 500;
const MAX_DEADLINE_SECONDS = 86_400;
/** Of the body: its `input` and what stands beside it. */
export const JOB_BODY_BYTES = 262_144;

const jsonObject = z.record(z.string(), z.unknown());
const kindField = z.string().min(1).max(64);

export const jobAnswer = z.object({
  id: z.string(),
  kind: z.string(),
  status: z.enum(JOB_STATUSES),
  health: z
    .enum(JOB_HEALTHS)
    .describe('stalled: nobody was at work on it for 60 s; lost: the engine had no record of it'),
  progress: z.object({
    step: z.int().describe('steps that are done'),
    total: z.int(),
    percent: z.int().nullable(),
    message: z.string().nullable(),
  }),
  subject: z.object({ type: z.string(), id: z.string() }).nullable().describe('what it is about'),
  project_id: z.string().nullable(),
  parent_id: z.string().nullable().describe('the job that it is a part of'),
  result: jsonObject.nullable().describe('as its kind says; null unless completed'),
  error: z
    .object({ code: z.string(), detail: z.string().nullable() })
    .nullable()
    .describe('why it failed, or is ending'),
  attempt: z.int().describe('how often it was taken up'),
  created_by: z.string().nullable().describe('who asked for it; null: the product itself'),
  created_at: timeField,
  run_at: timeField.nullable().describe('from when it may begin; null: from the beginning'),
  started_at: timeField.nullable(),
  heartbeat_at: timeField.nullable().describe('when somebody was at work on it last'),
  deadline_at: timeField.nullable().describe('when it fails for lack of time'),
  cancel_requested_at: timeField.nullable(),
  finished_at: timeField.nullable(),
});

export const jobListAnswer = z.object({
  items: z.array(jobAnswer),
  total: z.int(),
  limit: z.int(),
  offset: z.int(),
});

export const jobEventsAnswer = z.object({
  events: z.array(
    z.object({
      seq: z.int().describe('from 1, without gaps, in the order of their commits'),
      type: z.enum(JOB_EVENT_TYPES),
      actor: z.object({ type: z.string(), id: z.string().nullable() }),
      message: z.string().nullable(),
      data: jsonObject,
      created_at: timeField,
    }),
  ),
  next_seq: z.int().describe('`after_seq` of the next reading'),
});

export const jobParams = z.object({ jobId: idField });

export const jobsQuery = z.object({
  workspace_id: idField.optional(),
  kind: csvField(kindField).optional().describe('of these kinds, comma-separated'),
  status: csvField(z.enum(JOB_STATUSES)).optional().describe('in these states, comma-separated'),
  project_id: idField.optional(),
  parent_id: idField.optional(),
  mine: z.enum(['true', 'false']).default('false').describe('only those that the caller asked for'),
  ...pageQuery({ defaultLimit: 50 }),
});

export const jobQuery = z.object({
  workspace_id: idField.optional(),
  wait_s: z.coerce
    .number()
    .int()
    .min(0)
    .max(MAX_WAIT_SECONDS)
    .default(0)
    .describe('seconds to wait for the end of a job that is not over'),
});

export const jobEventsQuery = z.object({
  workspace_id: idField.optional(),
  after_seq: z.coerce.number().int().min(0).max(2_147_483_647).default(0).describe('only events after this one'),
  limit: z.coerce.number().int().min(1).max(MAX_EVENTS).default(MAX_EVENTS),
});

/** The kinds that people start this way are documented as what `input` may be: one of them, by `kind`. */
export function newJobBody(kinds: Pick<JobRegistry, 'all'>) {
  const creatable = kinds.all.filter(({ startedBy }) => startedBy !== null);
  const inputs = creatable.map(({ name, description, input }) => ({
    ...z.toJSONSchema(input, { io: 'input', unrepresentable: 'any' }),
    title: name,
    description,
  }));
  return z
    .strictObject({
      kind: kindField.describe('what is to be done; see docs/contracts/jobs.md, Kinds'),
      input: jsonObject
        .describe('what it is to be done with, as the kind says; at most 256 KiB')
        .meta(inputs.length === 0 ? {} : { oneOf: inputs }),
      run_at: momentField.nullish().describe('from when it may begin, at most 30 days ahead; default: at once'),
      deadline_s: z
        .int()
        .min(1)
        .max(MAX_DEADLINE_SECONDS)
        .nullish()
        .describe('seconds that it may take from when it may begin; default: as the kind says'),
    })
    .refine((body) => typeof body?.kind === 'string', {
      path: ['input'],
      error: 'is judged by the kind, which is missing',
      // Also where other fields are wrong: without its kind no input is right.
      when: () => true,
    });
}

export const cancelJobBody = optionalBody(
  z.strictObject({ reason: z.string().trim().max(500).nullish().describe('shown with the job’s events') }),
);
