import { type Message, type Part, Role, type SendMessageRequest } from '@a2a-js/sdk';
import { ContentTypeNotSupportedError } from '@a2a-js/sdk/errors';
import { MAX_MESSAGE_CHARACTERS, MAX_METADATA_BYTES } from '../../../domain/conversations/chats/chat.ts';
import { invalidField } from '../../../domain/kernel/errors/crewship-error.ts';
import { idField, refField } from '../../http/kernel/fields.ts';
import type { WrittenMessage } from '../chats/turn-calls.ts';
import { INPUT_MODES } from './agent-card.ts';

const MAX_MESSAGE_ID_CHARACTERS = 128;

/** What somebody says to an agent in a message. Throws `invalid_request`, and the protocol's own for a file. */
export function saidIn(message: Message | undefined): { readonly message: Message; readonly text: string } {
  if (message === undefined) throw invalidField('message', 'is required');
  if (message.role !== Role.ROLE_USER) throw invalidField('message.role', 'must be ROLE_USER');
  const { messageId, parts } = message;
  if (messageId === '') throw invalidField('message.messageId', 'is required');
  if (messageId.length > MAX_MESSAGE_ID_CHARACTERS) {
    throw invalidField('message.messageId', `must have at most ${MAX_MESSAGE_ID_CHARACTERS} characters`);
  }
  if (parts.length === 0) throw invalidField('message.parts', 'must have at least one');
  const text = parts.map(textOf).join('\n\n');
  if (text.trim() === '') throw invalidField('message.parts', 'must not be blank');
  if (text.length > MAX_MESSAGE_CHARACTERS) {
    throw invalidField('message.parts', `must have at most ${MAX_MESSAGE_CHARACTERS} characters together`);
  }
  return { message, text };
}

function textOf({ content, mediaType }: Part, index: number): string {
  const isTaken = mediaType === '' || mediaType.startsWith('text/') || mediaType === 'application/json';
  if (content?.$case === 'text' && isTaken) return content.value;
  if (content?.$case === 'data' && isTaken) return JSON.stringify(content.value);
  if (content === undefined) throw invalidField(`message.parts.${index}`, 'has no content');
  const type = mediaType === '' ? 'a file' : mediaType.slice(0, 100);
  throw new ContentTypeNotSupportedError(
    `message.parts.${index}: ${type} is not taken; what is: ${INPUT_MODES.join(', ')}`,
  );
}

/** A message that begins a turn: in the session that its context is, or a new one. */
export function writtenBy(request: SendMessageRequest): WrittenMessage {
  const { message, text } = saidIn(request.message);
  const { agent, project_id: projectId } = request.metadata ?? {};
  if (agent !== undefined && !refField.safeParse(agent).success) {
    throw invalidField('metadata.agent', 'must be an agent’s id, slug or name');
  }
  if (projectId !== undefined && !idField.safeParse(projectId).success) {
    throw invalidField('metadata.project_id', 'must be an id');
  }
  if (message.contextId !== '' && !idField.safeParse(message.contextId).success) {
    throw invalidField('message.contextId', 'is no session');
  }
  const metadata = {
    message_id: message.messageId,
    ...(message.metadata === undefined ? {} : { metadata: message.metadata }),
  };
  if (Buffer.byteLength(JSON.stringify(metadata)) > MAX_METADATA_BYTES) {
    throw invalidField('message.metadata', 'must be at most 8 KiB of JSON');
  }
  return {
    message: text,
    session_id: message.contextId === '' ? undefined : message.contextId,
    agent: agent as string | undefined,
    project_id: projectId as string | undefined,
    metadata,
  };
}
