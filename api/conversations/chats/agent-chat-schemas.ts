import { z } from 'zod';
import { MAX_ATTACHMENT_BYTES, PARTICIPANT_ROLES, titleText } from '../../../domain/conversations/chats/agent-chat.ts';
import { CHAT_ORIGINS, MAX_MESSAGE_CHARACTERS } from '../../../domain/conversations/chats/chat.ts';
import { hasVisible } from '../../../domain/kernel/text/has-visible.ts';
import { idField, optionalBody, refField, timeField } from '../../http/kernel/fields.ts';
import { pageQuery } from '../../http/kernel/pagination.ts';
import { chatStatusField, messageAnswer, metadataField, workspaceQuery } from './chat-schemas.ts';

const MAX_SEQ = 9_007_199_254_740_991;

export const agentParams = z.object({ agentId: refField });
export const agentChatParams = z.object({ agentId: refField, chatId: idField });
export const attachmentParams = z.object({ agentId: refField, chatId: idField, attachmentId: idField });
export const chatParams = z.object({ chatId: idField });
export const participantParams = z.object({ chatId: idField, userId: idField });

export const listQuery = z.object({ ...workspaceQuery, ...pageQuery({ defaultLimit: 50 }) });
export const chatQuery = z.object(workspaceQuery);

const titleField = z
  .string()
  .max(400)
  .transform(titleText)
  .refine((title) => title.length <= 200 && hasVisible(title), 'must be 1 to 200 characters that can be seen');

export const agentChatAnswer = z.object({
  id: z.string(),
  agent_id: z.string(),
  workspace_id: z.string(),
  title: z.string().nullable(),
  mode: z.enum(['CHAT', 'GROUP']).describe('GROUP: others are in it, and the agent answers who mentions it'),
  status: chatStatusField,
  message_count: z.int(),
  unread_count: z.int().describe('of others, since the caller read it; 100: that many or more'),
  origin: z.enum(CHAT_ORIGINS),
  started_at: timeField,
  ended_at: timeField.nullable(),
  created_at: timeField,
  last_activity_at: timeField,
});

export const newAgentChatBody = optionalBody(
  z.strictObject({
    session_id: z
      .string()
      .min(1)
      .max(128)
      .optional()
      .describe('the caller’s own name of the chat: the same name is the same chat'),
    title: titleField.optional(),
    origin: z.enum(CHAT_ORIGINS).optional().describe('default: UI of a browser’s session, else CLI'),
  }),
);
export const newAgentChatAnswer = z.object({ id: z.string() });

export const titleBody = z.strictObject({ title: titleField });
export const readAnswer = z.object({ chat_id: z.string(), last_read_at: timeField });

export const messagesQuery = z.object({ ...workspaceQuery, ...pageQuery({ defaultLimit: 50, maxLimit: 500 }) });
export const messagesAnswer = z.object({ messages: z.array(messageAnswer) });

const contentField = z
  .string()
  .min(1)
  .max(MAX_MESSAGE_CHARACTERS)
  .refine((text) => text.trim() !== '', 'must not be blank');

export const newMessageBody = z
  .strictObject({
    content: contentField,
    max_turns: z.int().min(1).max(200).optional().describe('steps that the agent may take, where its tool counts them'),
    metadata: metadataField.optional(),
  })
  .meta({ example: { content: 'Where is order 1042?' } });
export const newMessageAnswer = z.object({
  message_id: z.string(),
  job_id: z.string().nullable().describe('the turn that answers it; null: it is among people'),
  run_id: z.string().nullable(),
});

export const steerBody = z.strictObject({ message: contentField }).meta({ example: { message: 'Only the new ones.' } });
export const steerAnswer = z.object({ job_id: z.string(), run_id: z.string(), message_id: z.string() });

export const framesQuery = z.object({
  ...workspaceQuery,
  last_seq: z.coerce
    .number()
    .int()
    .min(0)
    .max(MAX_SEQ)
    .optional()
    .describe('only frames after this one; default: the turn under way from its beginning, else what comes'),
  follow: z.stringbool().default(false).describe('go on when no turn is under way'),
  idle: z.coerce
    .number()
    .int()
    .min(1)
    .max(3_600)
    .default(300)
    .describe('with follow: seconds without a frame to its end'),
});
export const framesAnswer = z
  .unknown()
  .describe('a frame a line, `{type, channel, payload, seq}`')
  .meta({ type: 'string' });

export const participantAnswer = z.object({
  user_id: z.string(),
  name: z.string(),
  role: z.enum(['owner', ...PARTICIPANT_ROLES]),
  added_by: z.string().nullable(),
  created_at: timeField,
});
export const newParticipantBody = z.strictObject({
  user_id: idField,
  role: z.enum(PARTICIPANT_ROLES).default('member').describe('member: reads and writes'),
});

export const attachmentAnswer = z.object({
  id: z.string(),
  filename: z.string(),
  size: z.int(),
  mime: z.string(),
  sha256: z.string(),
  path: z.string().describe('below the directory of the turn’s files'),
  agent_path: z.string().describe('where the agent finds it in the turn that it goes with'),
  uploaded_by: z.string(),
  message_id: z.string().nullable().describe('the message that took it along'),
  created_at: timeField,
});
export const ATTACHMENT_BODY_BYTES = MAX_ATTACHMENT_BYTES + 65_536;
