import { z } from 'zod';
import { PUBLIC_RUN_STATUSES } from '../../../domain/work/runs/run.ts';
import { idField, timeField } from '../../http/kernel/fields.ts';

/** Events of a page: each has at most 64 KiB of text. */
const MAX_EVENTS = 100;

export const runEventsQuery = z.object({
  workspace_id: idField.optional(),
  limit: z.coerce.number().int().min(1).max(MAX_EVENTS).default(50).describe('most events of a page'),
  cursor: z
    .string()
    .regex(/^\d{1,15}$/, 'is no cursor of this list')
    .optional()
    .describe('`next_cursor` of the page before: events after it'),
  tail: z.coerce.number().int().min(1).max(1_000).optional().describe('begin with the newest so many'),
  follow: z.stringbool().default(false).describe('server-sent events, as with `Accept: text/event-stream`'),
});

const runEventAnswer = z.object({
  offset: z.int().describe('where it begins in what the run wrote, in bytes before scrubbing'),
  text: z.string(),
  length: z.int().describe('bytes of the text'),
  created_at: timeField,
});

const runState = z.object({
  status: z.enum(PUBLIC_RUN_STATUSES),
  exit_code: z.int().nullable(),
  error_code: z.string().nullable(),
});

export const runEventsAnswer = z.object({
  events: z.array(runEventAnswer),
  next_cursor: z.string().nullable().describe('null: nothing is stored after these, yet'),
  run: runState.describe('as it was when the events were read: an ended run gets no more'),
});

export const runOutputAnswer = z.unknown().describe('what the run wrote, scrubbed: stdout and stderr as they came');
