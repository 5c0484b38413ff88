import type { ServerResponse } from 'node:http';
import { DEFAULT_USAGE, type ModelRequest, type OddTurn, type Turn, type UpstreamError } from './script.ts';

export function sendMessagesError(response: ServerResponse, error: UpstreamError): void {
  response.writeHead(error.status, {
    'content-type': 'application/json',
    'request-id': 'req_test',
    ...(error.retryAfterSeconds === undefined ? {} : { 'retry-after': String(error.retryAfterSeconds) }),
  });
  response.end(
    JSON.stringify({ type: 'error', error: { type: error.type, message: error.message }, request_id: 'req_test' }),
  );
}

/** Texts leave in pieces of this many characters, as a model's do. */
const PIECE = 24;

function pieces(text: string): string[] {
  return text.match(new RegExp(`[\\s\\S]{1,${PIECE}}`, 'gu')) ?? [];
}

/** One turn of the Anthropic Messages protocol: server-sent events, or the whole message. */
export function sendMessage(
  response: ServerResponse,
  request: ModelRequest,
  turn: Exclude<Turn, OddTurn>,
  id: number,
): void {
  if ('error' in turn) return sendMessagesError(response, turn.error);
  const spoken = 'hangUpAfter' in turn ? { text: turn.hangUpAfter } : turn;
  const usage = { ...DEFAULT_USAGE, ...('usage' in spoken ? spoken.usage : {}) };
  const toolCalls = 'toolCalls' in spoken ? (spoken.toolCalls ?? []) : [];
  const stopReason = 'cut' in spoken && spoken.cut ? 'max_tokens' : toolCalls.length > 0 ? 'tool_use' : 'end_turn';
  const inputUsage = {
    input_tokens: usage.inputTokens,
    cache_creation_input_tokens: usage.cacheCreationTokens,
    cache_read_input_tokens: usage.cachedInputTokens,
  };
  const blocks = [
    ...(spoken.text === undefined ? [] : [{ type: 'text' as const, text: spoken.text }]),
    ...toolCalls.map((call, index) => ({
      type: 'tool_use' as const,
      id: `toolu_${String(id).padStart(8, '0')}${index}`,
      name: call.name,
      input: call.input,
    })),
  ];
  const message = {
    id: `msg_${String(id).padStart(8, '0')}`,
    type: 'message',
    role: 'assistant',
    model: request.model,
    stop_sequence: null,
  };
  if (!request.stream) {
    response.writeHead(200, { 'content-type': 'application/json', 'request-id': 'req_test' });
    response.end(
      JSON.stringify({
        ...message,
        content: blocks,
        stop_reason: stopReason,
        usage: { ...inputUsage, output_tokens: usage.outputTokens },
      }),
    );
    return;
  }
  response.writeHead(200, {
    'content-type': 'text/event-stream',
    'cache-control': 'no-cache',
    'request-id': 'req_test',
  });
  const send = (type: string, fields: object) =>
    response.write(`event: ${type}\ndata: ${JSON.stringify({ type, ...fields })}\n\n`);
  send('message_start', {
    message: { ...message, content: [], stop_reason: null, usage: { ...inputUsage, output_tokens: 1 } },
  });
  send('ping', {});
  for (const [index, block] of blocks.entries()) {
    if (block.type === 'text') {
      send('content_block_start', { index, content_block: { type: 'text', text: '' } });
      for (const text of pieces(block.text)) {
        send('content_block_delta', { index, delta: { type: 'text_delta', text } });
      }
    } else {
      send('content_block_start', { index, content_block: { ...block, input: {} } });
      for (const part of pieces(JSON.stringify(block.input))) {
        send('content_block_delta', { index, delta: { type: 'input_json_delta', partial_json: part } });
      }
    }
    if ('hangUpAfter' in turn) {
      response.destroy();
      return;
    }
    send('content_block_stop', { index });
  }
  send('message_delta', {
    delta: { stop_reason: stopReason, stop_sequence: null },
    usage: { output_tokens: usage.outputTokens },
  });
  send('message_stop', {});
  response.end();
}
