import type { ServerResponse } from 'node:http';
import { DEFAULT_USAGE, type ModelRequest, type OddTurn, type Turn, type UpstreamError } from './script.ts';

export function sendChatError(response: ServerResponse, error: UpstreamError): void {
  response.writeHead(error.status, {
    'content-type': 'application/json',
    ...(error.retryAfterSeconds === undefined ? {} : { 'retry-after': String(error.retryAfterSeconds) }),
  });
  response.end(JSON.stringify({ error: { message: error.message, type: error.type, param: null, code: null } }));
}

/** One turn of OpenAI's chat completions: chunks and `[DONE]`, or the whole completion. */
export function sendChatCompletion(
  response: ServerResponse,
  request: ModelRequest,
  turn: Exclude<Turn, OddTurn>,
  id: number,
): void {
  if ('error' in turn) return sendChatError(response, turn.error);
  const spoken = 'hangUpAfter' in turn ? { text: turn.hangUpAfter } : turn;
  const counted = { ...DEFAULT_USAGE, ...('usage' in spoken ? spoken.usage : {}) };
  const toolCalls = ('toolCalls' in spoken ? (spoken.toolCalls ?? []) : []).map((call, index) => ({
    index,
    id: `call_${String(id).padStart(8, '0')}${index}`,
    type: 'function',
    function: { name: call.name, arguments: JSON.stringify(call.input) },
  }));
  const finishReason = 'cut' in spoken && spoken.cut ? 'length' : toolCalls.length > 0 ? 'tool_calls' : 'stop';
  // This protocol counts cached tokens as a part of the prompt's.
  const promptTokens = counted.inputTokens + counted.cachedInputTokens;
  const usage = {
    prompt_tokens: promptTokens,
    completion_tokens: counted.outputTokens,
    total_tokens: promptTokens + counted.outputTokens,
    prompt_tokens_details: { cached_tokens: counted.cachedInputTokens },
  };
  const head = { id: `chatcmpl-${id}`, created: 1_750_000_000, model: request.model };
  if (!request.stream) {
    response.writeHead(200, { 'content-type': 'application/json' });
    const message = {
      role: 'assistant',
      content: spoken.text ?? null,
      ...(toolCalls.length === 0 ? {} : { tool_calls: toolCalls }),
    };
    response.end(
      JSON.stringify({
        ...head,
        object: 'chat.completion',
        choices: [{ index: 0, message, finish_reason: finishReason }],
        usage,
      }),
    );
    return;
  }
  response.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-cache' });
  const send = (fields: object) =>
    response.write(`data: ${JSON.stringify({ ...head, object: 'chat.completion.chunk', ...fields })}\n\n`);
  const delta = (value: object, finish: string | null = null) =>
    send({ choices: [{ index: 0, delta: value, finish_reason: finish }] });
  delta({ role: 'assistant', content: '' });
  if (spoken.text !== undefined) delta({ content: spoken.text });
  if ('hangUpAfter' in turn) {
    response.destroy();
    return;
  }
  for (const call of toolCalls) delta({ tool_calls: [call] });
  delta({}, finishReason);
  send({ choices: [], usage });
  response.end('data: [DONE]\n\n');
}
