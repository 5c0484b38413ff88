import { z } from 'zod';
import {
  REVIEW_DECISIONS,
  REVIEW_ITEM_STATUSES,
  REVIEW_PRIORITIES,
  REVIEW_SUBJECT_TYPES,
} from '../../../domain/work/reviews/review-item.ts';
import {
  clearableField,
  csvField,
  idField,
  momentField,
  nameField,
  optionalBody,
  timeField,
} from '../../http/kernel/fields.ts';
import { pageQuery } from '../../http/kernel/pagination.ts';

const MAX_METADATA_BYTES = 8_192;

const workspaceQuery = { workspace_id: idField.optional() };
const kindField = nameField(1, 50);

export const reviewParams = z.object({ reviewItemId: idField });
export const attachmentParams = z.object({
  reviewItemId: idField,
  attachmentIndex: z
    .string()
    .max(64)
    // What is no place of an attachment is one that is not there.
    .transform((text) => (/^\d{1,2}$/.test(text) ? Number(text) : -1))
    .describe('from 0'),
});
export const downloadAnswer = z.unknown().describe('the file').meta({ type: 'string', format: 'binary' });
export const reviewQuery = z.object(workspaceQuery);

export const reviewsQuery = z.object({
  ...workspaceQuery,
  status: csvField(z.enum(REVIEW_ITEM_STATUSES)).optional().describe('in these states, comma-separated'),
  kind: kindField.optional(),
  assignee: idField.optional().describe('a user'),
  mine: z.stringbool().optional().describe('that the caller submitted; false: only those of others'),
  project_id: idField.optional(),
  sort: z
    .enum(['created_at', 'priority', 'due_at'])
    .default('created_at')
    .describe('newest, most urgent or first due first'),
  ...pageQuery({ defaultLimit: 50 }),
});
export const reviewStatsQuery = z.object({ ...workspaceQuery, project_id: idField.optional() });

export const newReviewBody = z
  .strictObject({
    kind: kindField.describe('what the caller calls such items'),
    title: nameField(1, 200),
    content: clearableField(100_000).default(null).describe('default: the message, or the result of the task'),
    subject: z
      .strictObject({ type: z.enum(REVIEW_SUBJECT_TYPES), id: z.string().trim().min(1).max(128) })
      .nullable()
      .default(null)
      .describe('what it is about; an external one is the caller’s own name of it'),
    session_id: idField.nullable().default(null).describe('whose record goes with it, as it is now'),
    project_id: idField.nullable().default(null).describe('default: that of the subject or the session'),
    assignee_id: idField.nullable().default(null).describe('default: whoever may decide it'),
    priority: z.enum(REVIEW_PRIORITIES).default('none'),
    due_at: momentField.nullable().default(null),
    attachments: z
      .array(z.string().regex(/^[A-Za-z0-9_-]{22}$/, 'must be the reference token of a file that a run published'))
      .max(20)
      .refine((tokens) => new Set(tokens).size === tokens.length, 'names a file twice')
      .default([])
      .describe('reference tokens; the files go with it as they are now'),
    metadata: z
      .record(z.string().max(64), z.json())
      .refine(
        (value) => Buffer.byteLength(JSON.stringify(value)) <= MAX_METADATA_BYTES,
        `must be at most ${MAX_METADATA_BYTES} bytes`,
      )
      .default({}),
  })
  .meta({ example: { kind: 'answer', title: 'Is this right?', content: 'Water boils at 90 degrees.' } });

export const approveBody = optionalBody(z.strictObject({ note: clearableField(2_000).default(null) }));
export const reasonBody = z.strictObject({ reason: nameField(1, 2_000) });

export const reviewBatchBody = z
  .strictObject({
    items: z
      .array(
        z
          .strictObject({
            id: idField,
            decision: z.enum(REVIEW_DECISIONS),
            note: clearableField(2_000).default(null).describe('the reason, where it is not approved'),
          })
          .refine(({ decision, note }) => decision === 'approve' || (note !== null && note.trim() !== ''), {
            path: ['note'],
            message: 'is required unless the decision is approve',
          }),
      )
      .min(1)
      .max(100),
  })
  .meta({ example: { items: [{ id: 'an-item', decision: 'approve' }] } });

const statusField = z.enum(REVIEW_ITEM_STATUSES);

export const reviewAnswer = z.object({
  id: z.string(),
  kind: z.string(),
  title: z.string(),
  status: statusField.describe('quarantined: open, and kept from agents; cancelled: what it was about is over'),
  priority: z.enum(REVIEW_PRIORITIES),
  score: z.number().nullable().describe('0 to 1, of the newest validation of the same content'),
  subject: z.object({ type: z.enum(REVIEW_SUBJECT_TYPES), id: z.string() }).nullable(),
  project_id: z.string().nullable(),
  session_id: z.string().nullable(),
  submitted_by: z.string(),
  assignee_id: z.string().nullable(),
  attachments: z.array(z.object({ index: z.int(), name: z.string(), mime: z.string(), size_bytes: z.int() })),
  decision: z
    .object({
      verdict: z.enum(['approved', 'rejected']),
      by: z.string().nullable(),
      at: timeField,
      note: z.string().nullable(),
    })
    .nullable(),
  approval_id: z.string().describe('the decision in the list of approvals; a task’s item has the task’s'),
  due_at: timeField.nullable(),
  created_at: timeField,
});

export const wholeReviewAnswer = reviewAnswer.extend({
  content: z.string().nullable(),
  metadata: z.record(z.string(), z.unknown()),
  history: z
    .array(
      z.object({
        action: z.enum(['submitted', 'quarantined', 'approved', 'rejected', 'cancelled']),
        by: z.string().nullable(),
        at: timeField,
        note: z.string().nullable(),
      }),
    )
    .describe('oldest first'),
});

export const reviewsAnswer = z.object({
  items: z.array(reviewAnswer),
  total: z.int(),
  limit: z.int(),
  offset: z.int(),
});

export const reviewStatsAnswer = z.object({
  by_status: z.object({
    pending: z.int(),
    quarantined: z.int(),
    approved: z.int(),
    rejected: z.int(),
    cancelled: z.int(),
  }),
  by_kind: z.record(z.string(), z.int()).describe('the 50 kinds with most items'),
  oldest_pending_s: z.int().nullable(),
  median_decision_s: z.number().nullable().describe('from submission to decision'),
});

export const decidedReview = z.object({
  id: z.string(),
  ok: z.boolean(),
  code: z.string().nullable().describe('why not, as the error of a single decision has it'),
  status: statusField.nullable().describe('that it has now; null where the caller may not know'),
});
