import { z } from 'zod';
import {
  CHAT_ROLES,
  CHAT_STATUSES,
  FINISH_REASONS,
  MAX_MESSAGE_CHARACTERS,
  MAX_METADATA_BYTES,
} from '../../../domain/conversations/chats/chat.ts';
import { JOB_STATUSES } from '../../../domain/work/jobs/job-status.ts';
import { idField, refField, timeField } from '../../http/kernel/fields.ts';
import { artifactRefAnswer } from '../../work/artifacts/artifact-schemas.ts';

export const workspaceQuery = { workspace_id: idField.optional() };

/** An object, or in a form its JSON. */
function jsonText(value: unknown): unknown {
  if (typeof value !== 'string') return value;
  try {
    return JSON.parse(value);
  } catch {
    return value;
  }
}

const metadataObject = z
  .record(z.string().max(64), z.unknown())
  .refine((value) => Buffer.byteLength(JSON.stringify(value)) <= MAX_METADATA_BYTES, 'must be at most 8 KiB of JSON');

export const metadataField = metadataObject.describe('free, at most 8 KiB');

/** The same of a form, whose fields are texts. */
const formMetadataField = z.preprocess(jsonText, metadataObject).describe('free, at most 8 KiB; in a form its JSON');

const messageField = z
  .string()
  .min(1)
  .max(MAX_MESSAGE_CHARACTERS)
  .refine((text) => text.trim() !== '', 'must not be blank');

const waitField = z.coerce
  .number()
  .int()
  .min(0)
  .max(60)
  .default(25)
  .describe('seconds to wait for the end of the turn; then 202');

const externalIdField = z
  .string()
  .min(1)
  .max(128)
  .describe('the caller’s own name of the conversation, to find it again');

const chatFields = {
  message: messageField,
  session_id: idField.optional().describe('default: a new session'),
  project_id: idField.optional().describe('of a new session'),
  agent: refField.optional().describe('who answers; default: the session’s, project’s or workspace’s'),
  metadata: formMetadataField.optional(),
};

export const chatBody = z.strictObject({ ...chatFields, wait_s: waitField });
export const chatStreamBody = z.strictObject({
  ...chatFields,
  on_disconnect: z.enum(['continue', 'cancel']).default('continue').describe('what becomes of the turn'),
});

const externalFields = {
  message: messageField.optional(),
  messages: z
    .array(z.strictObject({ role: z.enum(['user', 'assistant']), content: messageField }))
    .min(1)
    .max(100)
    .optional()
    .describe('the last one is the user’s and is answered; those before it are kept in a new session only'),
  session_id: idField.optional(),
  external_id: externalIdField.optional(),
  agent: refField.optional(),
  project_id: idField.optional(),
  metadata: metadataField.optional(),
};

interface ExternalMessages {
  readonly message?: string | undefined;
  readonly messages?: readonly { readonly role: string }[] | undefined;
  readonly session_id?: string | undefined;
  readonly external_id?: string | undefined;
}

function checkExternal(body: ExternalMessages, context: z.RefinementCtx): void {
  const refuse = (path: string, message: string) => context.addIssue({ code: 'custom', path: [path], message });
  if ((body.message === undefined) === (body.messages === undefined))
    refuse('message', 'this or messages, one of both');
  if (body.messages !== undefined && body.messages.at(-1)?.role !== 'user')
    refuse('messages', 'must end with a user’s');
  if (body.session_id !== undefined && body.external_id !== undefined) refuse('external_id', 'goes without session_id');
}

const externalExample = { message: 'Where is order 1042?', external_id: 'ticket-77' };
export const externalChatBody = z
  .strictObject({ ...externalFields, wait_s: waitField })
  .superRefine(checkExternal)
  .meta({ example: externalExample });
export const externalStreamBody = z
  .strictObject(externalFields)
  .superRefine(checkExternal)
  .meta({ example: externalExample });

const usageAnswer = z.object({
  input_tokens: z.int(),
  output_tokens: z.int(),
  cached_input_tokens: z.int(),
  cost_usd: z.string().describe('US dollars, six decimals'),
});

const turnFields = {
  job_id: z.string().describe('of the kind chat.turn'),
  session_id: z.string(),
  run_id: z.string().describe('the newest attempt of the agent'),
  status: z.enum(JOB_STATUSES),
  message: z
    .object({
      id: z.string(),
      role: z.literal('assistant'),
      content: z.string(),
      artifacts: z.array(artifactRefAnswer).describe('what the turn published'),
    })
    .nullable()
    .describe('the answer, once it is there'),
  finish_reason: z.enum(FINISH_REASONS).nullable(),
  usage: usageAnswer.nullable(),
  error: z.object({ code: z.string() }).nullable(),
  events_url: z.string().describe('what the turn tells, also as server-sent events'),
};
export const turnAnswer = z.object(turnFields);
export const externalTurnAnswer = z.object({
  ...turnFields,
  reply: z.string().nullable().describe('the answer’s text'),
});

export const turnStreamAnswer = z
  .unknown()
  .describe('server-sent events of a turn, the number of each in its session as its id')
  .meta({ type: 'string' });

export const cancelBody = z
  .strictObject({
    job_id: idField.optional(),
    session_id: idField.optional(),
    run_id: idField.optional(),
    reason: z.string().trim().max(500).nullish().describe('shown with the job’s events'),
  })
  .refine((body) => [body.job_id, body.session_id, body.run_id].filter((id) => id !== undefined).length === 1, {
    path: ['job_id'],
    message: 'exactly one of job_id, session_id and run_id says which turn',
  })
  .meta({ example: { session_id: 'cmx2p8wyllg1f8cg981vevou6', reason: 'asked the wrong question' } });
export const cancelAnswer = z.object({ job_id: z.string(), status: z.enum(JOB_STATUSES) });

export const messageAnswer = z.object({
  id: z.string(),
  seq: z.int().describe('in its session, from 1'),
  role: z.enum(['user', 'assistant']),
  content: z.string(),
  author_user_id: z.string().nullable(),
  agent_id: z.string().nullable().describe('who answered'),
  job_id: z.string().nullable().describe('the turn'),
  run_id: z.string().nullable(),
  finish_reason: z.enum(FINISH_REASONS).nullable(),
  artifacts: z.array(artifactRefAnswer).describe('what the turn published'),
  created_at: timeField,
});

export const chatRoleField = z.enum(CHAT_ROLES);
export const chatStatusField = z.enum(CHAT_STATUSES);
