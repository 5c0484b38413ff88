import { afterAll, beforeEach, expect, test } from 'vitest';
import { type LlmUpstream, startLlmUpstream } from '../../support/llm-upstream/llm-upstream.ts';
import type { Script } from '../../support/llm-upstream/script.ts';

const script: Script = {
  turns: [
    { text: 'First ✓', toolCalls: [{ name: 'tool', input: { a: 1 } }], usage: { cachedInputTokens: 7 } },
    { text: 'Second' },
  ],
};
let upstream: LlmUpstream;
beforeEach(async () => {
  upstream ??= await startLlmUpstream(script);
  upstream.play(script);
});
afterAll(() => upstream?.close());

function ask(protocol: 'anthropic' | 'openai', body: object, headers: Record<string, string> = { 'x-api-key': 'any' }) {
  const url =
    protocol === 'anthropic' ? `${upstream.anthropicUrl}/v1/messages` : `${upstream.openaiUrl}/chat/completions`;
  return fetch(url, {
    method: 'POST',
    headers,
    body: JSON.stringify({ model: 'm', messages: [{ role: 'user', content: 'hi' }], tools: [{}], ...body }),
  });
}

const after = (turns: number) => Array.from({ length: turns }, () => ({ role: 'assistant', content: '' }));

test('both protocols stream the turn that follows those in the request, and count its tokens', async () => {
  const anthropic = await (await ask('anthropic', { stream: true })).text();
  expect(anthropic).toMatch(/^event: message_start\n/);
  expect(anthropic).toContain('"cache_read_input_tokens":7');
  expect(anthropic).toContain('"stop_reason":"tool_use"');
  const openai = await (await ask('openai', { stream: true })).text();
  expect(openai).toContain('"finish_reason":"tool_calls"');
  expect(openai).toContain('"cached_tokens":7');
  expect(openai).toMatch(/data: \[DONE\]\n\n$/);
  for (const protocol of ['anthropic', 'openai'] as const) {
    const second = await (await ask(protocol, { messages: after(1) })).text();
    expect(second).toContain('Second');
  }
});

test('errors come first and once each, and a request without a key is refused', async () => {
  upstream.play({ ...script, errorsFirst: [{ status: 429, type: 'rate_limit_error', message: 'slow' }] });
  expect((await ask('anthropic', {})).status).toBe(429);
  expect((await ask('anthropic', {})).status).toBe(200);
  for (const protocol of ['anthropic', 'openai'] as const) expect((await ask(protocol, {}, {})).status).toBe(401);
});

test('an upstream that hangs up breaks the stream', async () => {
  upstream.play({ turns: [{ hangUpAfter: 'half a' }] });
  for (const protocol of ['anthropic', 'openai'] as const) {
    await expect(ask(protocol, { stream: true }).then((response) => response.text())).rejects.toThrow();
  }
});
