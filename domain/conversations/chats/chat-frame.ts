import type { JsonObject } from '../../kernel/json/json-value.ts';
import type { TurnEvent } from './turn-event.ts';

/** What a chat's channel says of an event: docs/contracts/conversations.md, The chat's channel. */
export interface ChatFrame {
  readonly type: 'run_begin' | 'chat_event';
  readonly channel: string;
  readonly payload: JsonObject;
  /** The event's number: one event is one frame. */
  readonly seq: number;
}

/** The channel of a chat. */
export function chatChannel(chatId: string): string {
  return `session:${chatId}`;
}

export function chatFrame(chatId: string, event: TurnEvent): ChatFrame {
  const { seq, data, job_id: jobId, run_id: runId, created_at: ts } = event;
  const of = { job_id: jobId, run_id: runId, ts };
  const channel = chatChannel(chatId);
  if (event.type === 'turn.started') {
    return { type: 'run_begin', channel, payload: { from_seq: seq, ...data, ...of }, seq };
  }
  const { type, content, metadata } = innerEvent(event);
  return { type: 'chat_event', channel, payload: { type, content, metadata: { ...metadata, ...of } }, seq };
}

interface InnerEvent {
  readonly type: string;
  readonly content: string;
  readonly metadata: JsonObject;
}

/** The wrapped event: what has no name of its own on this channel is a `system` one under its own. */
function innerEvent({ type, data }: TurnEvent): InnerEvent {
  const { text, content, tool, reason, error, cost_usd: cost, ...rest } = data;
  switch (type) {
    case 'message.posted':
      return { type: 'user_message', content: textOf(content), metadata: rest };
    case 'message.delta':
      return { type: 'text', content: textOf(text), metadata: rest };
    case 'tool.started':
      return { type: 'tool_call', content: textOf(tool), metadata: rest };
    case 'tool.finished':
      return { type: 'tool_result', content: '', metadata: rest };
    case 'progress':
      return { type: 'status', content: textOf(reason), metadata: rest };
    case 'usage':
      return { type: 'result', content: '', metadata: { total_cost_usd: cost ?? null, usage: rest } };
    case 'message.completed':
      return { type: 'message', content: textOf(content), metadata: rest };
    case 'turn.failed':
      return { type: 'error', content: codeOf(error), metadata: rest };
    case 'turn.completed':
    case 'turn.cancelled':
      return { type: 'done', content: '', metadata: rest };
    default:
      return { type: 'system', content: type, metadata: data };
  }
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : '';
}

function codeOf(error: unknown): string {
  return typeof error === 'object' && error !== null && 'code' in error ? textOf(error.code) : 'failed';
}
