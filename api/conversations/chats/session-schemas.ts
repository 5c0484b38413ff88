import { z } from 'zod';
import { CHAT_VISIBILITIES } from '../../../domain/conversations/chats/chat.ts';
import { TURN_EVENT_TYPES } from '../../../domain/conversations/chats/turn-event.ts';
import { clearableField, idField, nameField, optionalBody, refField, timeField } from '../../http/kernel/fields.ts';
import { pageQuery } from '../../http/kernel/pagination.ts';
import { chatRoleField, chatStatusField, messageAnswer, metadataField, workspaceQuery } from './chat-schemas.ts';

const MAX_SEQ = 9_007_199_254_740_991;
const jsonObject = z.record(z.string(), z.unknown());
const visibilityField = z.enum(CHAT_VISIBILITIES).describe('project: who is in its project sees it too');

export const sessionParams = z.object({ sessionId: idField });

const sessionFields = {
  id: z.string(),
  title: z.string().nullable(),
  status: chatStatusField,
  agent: z
    .object({ id: z.string(), slug: z.string(), name: z.string() })
    .nullable()
    .describe('who answers unless a message says otherwise; null: the project’s or workspace’s default'),
  project_id: z.string().nullable(),
  owner_id: z.string().nullable().describe('null: agents talk among themselves'),
  visibility: z.enum([...CHAT_VISIBILITIES, 'workspace']),
  my_role: chatRoleField.describe('what the caller may do in it'),
  external_id: z.string().nullable(),
  message_count: z.int(),
  last_message_at: timeField.nullable(),
  turn_job_id: z.string().nullable().describe('the turn that is under way'),
  event_seq: z.int().describe('the number of the newest event'),
  metadata: jsonObject,
  summary: z.string().nullable(),
  version: z.int(),
  created_at: timeField,
  updated_at: timeField,
};
export const sessionAnswer = z.object(sessionFields);
export const sessionsAnswer = z.object({
  items: z.array(sessionAnswer),
  total: z.int(),
  limit: z.int(),
  offset: z.int(),
});

export const newSessionBody = optionalBody(
  z.strictObject({
    title: nameField(1, 200).optional(),
    project_id: idField.optional(),
    agent: refField.optional(),
    visibility: visibilityField.optional().describe('default: private'),
    metadata: metadataField.optional(),
  }),
);

export const sessionsQuery = z.object({
  ...workspaceQuery,
  status: chatStatusField.optional(),
  project_id: idField.optional(),
  agent: refField.optional().describe('whose own agent this is'),
  mine: z.stringbool().optional().describe('those that the caller owns; false: those of others'),
  shared: z.stringbool().optional().describe('those of others that the caller sees; false: one’s own'),
  q: z.string().trim().min(1).max(200).optional().describe('part of the title'),
  ...pageQuery({ defaultLimit: 50 }),
});

const afterSeqField = z.coerce.number().int().min(0).max(MAX_SEQ).default(0);

export const sessionQuery = z.object({
  ...workspaceQuery,
  after_seq: afterSeqField.describe('only messages after this one'),
  messages_limit: z.coerce.number().int().min(1).max(200).default(50),
});
export const sessionWithMessagesAnswer = z.object({
  ...sessionFields,
  messages: z.array(messageAnswer),
  next_seq: z.int().describe('`after_seq` of the next reading'),
});

export const sessionPatchBody = z.strictObject({
  title: clearableField(200).optional(),
  metadata: metadataField.optional(),
  agent: refField.nullable().optional(),
  visibility: visibilityField.optional(),
  status: z.literal('active').optional().describe('opens a closed one again'),
  version: z.int().min(1).max(2_147_483_647).optional().describe('the version that was read'),
});

export const closeBody = optionalBody(z.strictObject({ summary: clearableField(2_000).optional() }));

export const transcriptQuery = z.object({
  ...workspaceQuery,
  format: z.enum(['json', 'markdown', 'text']).default('json'),
  include_tools: z.stringbool().default(false).describe('with the calls of tools'),
});
export const transcriptAnswer = z
  .unknown()
  .describe('the conversation, oldest message first: JSON {session, messages[], tools[]}, or text')
  .meta({ type: 'string' });

export const exportQuery = z.object(workspaceQuery);
export const exportAnswer = z.unknown().describe('a zip file').meta({ type: 'string', format: 'binary' });

export const replayQuery = z.object({
  ...workspaceQuery,
  after_seq: afterSeqField.describe('only events after this one'),
  limit: z.coerce.number().int().min(1).max(500).default(500),
});
export const replayAnswer = z.object({
  events: z.array(
    z.object({
      seq: z.int().describe('in the session, from 1'),
      ts: timeField,
      type: z.enum(TURN_EVENT_TYPES),
      data: jsonObject,
      job_id: z.string().nullable().describe('the turn; null: a message that began none'),
      run_id: z.string().nullable(),
    }),
  ),
  next_seq: z.int().describe('`after_seq` of the next reading'),
});
