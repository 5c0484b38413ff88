import fc from 'fast-check';
import { expect, test } from 'vitest';
import { readLlmRequest } from './call-estimate.ts';
import { createJsonMembers } from './json-members.ts';
import { llmTarget } from './llm-provider.ts';
import { llmProblemBody } from './llm-problem.ts';
import { readQuota } from './quota-headers.ts';
import { createUsageReader, readUsage } from './usage-reader.ts';

const bytes = (text: string) => new TextEncoder().encode(text);

test('members of the outermost object are found in any JSON, in pieces of any size', () => {
  fc.assert(
    fc.property(
      fc.dictionary(fc.constantFrom('model', 'usage', 'n', 'other'), fc.jsonValue({ maxDepth: 3 })),
      fc.constantFrom(undefined, 2),
      fc.integer({ min: 1, max: 40 }),
      (document, indent, pieceBytes) => {
        const encoded = bytes(JSON.stringify({ first: { model: 'inner' }, ...document }, undefined, indent));
        const members = createJsonMembers(['model', 'usage', 'n']);
        for (let at = 0; at < encoded.length; at += pieceBytes) members.push(encoded.subarray(at, at + pieceBytes));
        for (const name of ['model', 'usage', 'n']) {
          const expected = JSON.parse(JSON.stringify(document[name] ?? null)) as unknown;
          expect(members.value(name) ?? null).toEqual(expected);
        }
      },
    ),
  );
});

test('what looks like a member inside of a text or a deeper object is none', () => {
  const members = createJsonMembers(['usage']);
  members.push(bytes(JSON.stringify({ content: ['{"usage":{"x":1}}', { usage: { x: 2 } }], text: '"usage":3,' })));
  expect(members.value('usage')).toBeUndefined();
  members.push(bytes('[[[{"usage"'));
  expect(members.value('usage')).toBeUndefined();
});

test('a request says its model and the most it can use, and an image is not counted as text', () => {
  const read = (body: object) => readLlmRequest([bytes(JSON.stringify(body))]);
  const small = read({ model: 'claude-opus-4-7', max_tokens: 4_000, stream: true, messages: [] });
  expect(small).toMatchObject({ model: 'claude-opus-4-7', isStream: true, most: { outputTokens: 4_000 } });
  expect(read({ model: 'gpt-5', max_completion_tokens: 10, n: 3 }).most.outputTokens).toBe(30);
  expect(read({ model: 'gpt-5', max_output_tokens: 7 }).most.outputTokens).toBe(7);
  expect(read({ model: 'gpt-5' }).most.outputTokens).toBe(32_768);
  expect(read({ model: 'm', max_tokens: -5 }).most.outputTokens).toBe(32_768);
  expect(read({ messages: [{ model: 'inner' }] }).model).toBeNull();
  expect(read({ model: ' ' }).model).toBeNull();
  const text = read({ model: 'm', messages: [{ content: 'word '.repeat(60_000) }] });
  expect(text.most.inputTokens).toBeGreaterThan(100_000);
  expect(text.likelyInputTokens).toBeGreaterThan(75_000);
  const image = read({ model: 'm', messages: [{ source: { type: 'base64', data: 'A'.repeat(1_000_000) } }] });
  expect(image.most.inputTokens).toBeLessThan(6_000);
});

test('usage of Anthropic’s streams adds up over their events, cache included', () => {
  const reader = createUsageReader('anthropic');
  const start = { input_tokens: 12, output_tokens: 1, cache_read_input_tokens: 900, cache_creation_input_tokens: 30 };
  reader.event('message_start', JSON.stringify({ type: 'message_start', message: { id: 'm', usage: start } }));
  const text = { type: 'text_delta', text: 'say "usage": {"output_tokens": 9}' };
  reader.event('content_block_delta', JSON.stringify({ type: 'content_block_delta', delta: text }));
  expect(reader.usage).toEqual({ inputTokens: 12, outputTokens: 1, cachedInputTokens: 900, cacheCreationTokens: 30 });
  expect(reader.isCounted).toBe(false);
  reader.event(
    'message_delta',
    '{"type":"message_delta","delta":{"stop_reason":"end_turn"},"usage":{"output_tokens":57}}',
  );
  reader.event('message_stop', '{"type":"message_stop"}');
  expect(reader.usage).toEqual({ inputTokens: 12, outputTokens: 57, cachedInputTokens: 900, cacheCreationTokens: 30 });
  expect(reader.isCounted).toBe(true);
});

test('usage of OpenAI’s chat completions and responses counts cached tokens apart', () => {
  const counted = { inputTokens: 20, outputTokens: 30, cachedInputTokens: 80, cacheCreationTokens: 0 };
  const chat = { prompt_tokens: 100, completion_tokens: 30, prompt_tokens_details: { cached_tokens: 80 } };
  const chunks = createUsageReader('openai');
  chunks.event(undefined, '{"choices":[{"delta":{"content":"x"}}],"usage":null}');
  expect(chunks.usage).toBeNull();
  chunks.event(undefined, JSON.stringify({ choices: [], usage: chat }));
  chunks.event(undefined, '[DONE]');
  expect([chunks.usage, chunks.isCounted]).toEqual([counted, true]);
  const responses = createUsageReader('openai');
  const usage = { input_tokens: 100, output_tokens: 30, input_tokens_details: { cached_tokens: 80 } };
  responses.event('response.completed', JSON.stringify({ type: 'response.completed', response: { usage } }));
  expect([responses.usage, responses.isCounted]).toEqual([counted, true]);
  expect(readUsage('openai', chat)).toEqual(counted);
  expect(readUsage('openai', { prompt_tokens: 8, total_tokens: 8 })).toMatchObject({ inputTokens: 8, outputTokens: 0 });
  for (const nothing of [null, undefined, [], 'x', {}, { prompt_tokens: 'many' }])
    expect(readUsage('openai', nothing)).toBeNull();
});

test('no stream of events breaks the reader', () => {
  fc.assert(
    fc.property(fc.constantFrom('anthropic' as const, 'openai' as const), fc.array(fc.json()), (provider, events) => {
      const reader = createUsageReader(provider);
      for (const event of events) reader.event('x', `{"usage": ${event}}`);
      for (const count of Object.values(reader.usage ?? {}))
        expect(Number.isSafeInteger(count) && count >= 0).toBe(true);
    }),
  );
});

test('the tightest window of the rate-limit headers is the quota', () => {
  expect(
    readQuota({
      'anthropic-ratelimit-requests-limit': '1000',
      'anthropic-ratelimit-requests-remaining': '900',
      'anthropic-ratelimit-input-tokens-limit': '1000000',
      'anthropic-ratelimit-input-tokens-remaining': '150000',
      'anthropic-ratelimit-input-tokens-reset': '2026-01-01T00:00:00Z',
    }),
  ).toEqual({ window: 'input-tokens', remainingPct: 0.15 });
  expect(readQuota({ 'x-ratelimit-limit-tokens': '200', 'x-ratelimit-remaining-tokens': '0' })).toEqual({
    window: 'tokens',
    remainingPct: 0,
  });
  expect(readQuota({ 'anthropic-ratelimit-unified-5h-utilization': '0.75' })).toEqual({
    window: '5h',
    remainingPct: 0.25,
  });
  expect(readQuota({ 'x-ratelimit-remaining-tokens': '5', 'x-ratelimit-limit-tokens': '0' })).toBeNull();
  expect(readQuota({ 'x-ratelimit-remaining-tokens': 'x', 'x-ratelimit-limit-tokens': '9' })).toBeNull();
  expect(readQuota({ 'content-type': 'x' })).toBeNull();
});

test('only calls that are metered or free are carried', () => {
  expect(llmTarget('POST', '/llm/anthropic/v1/messages?beta=true')).toEqual({
    provider: 'anthropic',
    path: '/v1/messages?beta=true',
    isMetered: true,
  });
  expect(llmTarget('GET', '/llm/openai/v1/models')).toMatchObject({ isMetered: false });
  for (const [method, url] of [
    ['POST', '/llm/anthropic/v1/messages/batches'],
    ['GET', '/llm/anthropic/v1/files'],
    ['DELETE', '/llm/openai/v1/models/ft-x'],
    ['POST', '/llm/openai/v1/../v1/files'],
    ['POST', '/llm/openai//v1/chat/completions'],
    ['POST', '/llm/openai/v1/chat/completions/'],
    ['POST', '/llm/openai/v1/chat%2Fcompletions'],
    ['POST', '/llm/other/v1/messages'],
    ['POST', '/llm/openai@evil.test/v1/chat/completions'],
  ] as const) {
    expect(llmTarget(method, url), url).toBeTypeOf('string');
  }
});

test('refusals are in each provider’s own shape', () => {
  const problem = { status: 402, code: 'budget_exceeded', detail: 'no room' };
  expect(JSON.parse(llmProblemBody('anthropic', problem))).toEqual({
    type: 'error',
    error: { type: 'billing_error', message: 'no room', code: 'budget_exceeded' },
  });
  expect(JSON.parse(llmProblemBody('openai', problem))).toEqual({
    error: { message: 'no room', type: 'insufficient_quota', param: null, code: 'budget_exceeded' },
  });
});
