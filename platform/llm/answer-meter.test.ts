import { brotliCompressSync, deflateSync, gzipSync, zstdCompressSync } from 'node:zlib';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { LlmProvider } from '../../domain/money/llm/llm-provider.ts';
import { type MeterReading, usageOfReading } from '../../domain/money/llm/meter-reading.ts';
import { createAnswerMeter } from './answer-meter.ts';

const SSE = { contentType: 'text/event-stream; charset=utf-8' };
const LIKELY_INPUT = 25;

async function read(
  provider: LlmProvider,
  stream: string | Uint8Array,
  headers: Parameters<typeof createAnswerMeter>[1] = SSE,
): Promise<MeterReading> {
  const meter = createAnswerMeter(provider, headers);
  const bytes = typeof stream === 'string' ? Buffer.from(stream) : stream;
  for (let at = 0; at < bytes.length; at += 37) meter.push(bytes.subarray(at, at + 37));
  return meter.end();
}
const counted = async (provider: LlmProvider, stream: string) =>
  usageOfReading(await read(provider, stream), { likelyInputTokens: LIKELY_INPUT, putsOut: true });

const data = (event: object, end = '\n\n') => `data: ${JSON.stringify(event)}${end}`;
const named = (type: string, fields: object = {}) => `event: ${type}\n${data({ type, ...fields })}`;
const times = (count: number, event: (index: number) => string) => Array.from({ length: count }, (_, at) => event(at));
const chatPiece = (content: string, rest: object = {}) =>
  data({ choices: [{ index: 0, delta: { content }, ...rest }] });
const CHAT_USAGE = { prompt_tokens: 12, completion_tokens: 40 };

test('a stream that says nothing of its use is guessed by its words and marked, also when it has ended', async () => {
  const stream = [...times(40, () => chatPiece('w ')), 'data: [DONE]\n\n'].join('');
  const { usage, isEstimate } = await counted('openai', stream);
  expect(isEstimate).toBe(true);
  expect(usage).toMatchObject({ inputTokens: LIKELY_INPUT, outputTokens: 40 });
});

test('a count that was said stands without a mark of the end, and whatever its event is called', async () => {
  const words = times(40, () => chatPiece('w ')).join('');
  for (const end of ['\n\n', '\n', '']) {
    const { usage, isEstimate } = await counted('openai', words + data({ choices: [], usage: CHAT_USAGE }, end));
    expect([usage.inputTokens, usage.outputTokens, isEstimate]).toEqual([12, 40, false]);
  }
  const response = { usage: { input_tokens: 12, output_tokens: 20 } };
  const responses = [
    ...times(20, () => data({ type: 'response.output_text.delta', delta: 'word ' })),
    data({ type: 'response.completed', response }),
  ];
  const { usage, isEstimate } = await counted('openai', responses.join(''));
  expect([usage.inputTokens, usage.outputTokens, isEstimate]).toEqual([12, 20, false]);
});

test('a server that counts as it goes has counted the whole only with its last piece', async () => {
  const piece = (index: number, finish: string | null) =>
    data({
      choices: [{ delta: { content: 'word ' }, finish_reason: finish }],
      usage: { prompt_tokens: 12, completion_tokens: index + 1 },
    });
  const stream = times(30, (index) => piece(index, index === 29 ? 'stop' : null));
  expect(await counted('openai', stream.join(''))).toMatchObject({ isEstimate: false, usage: { outputTokens: 30 } });
  expect((await counted('openai', stream.slice(0, 20).join(''))).isEstimate).toBe(true);
});

test('what broke off is guessed by the words that came, in every protocol', async () => {
  const obfuscation = 'x'.repeat(40);
  const message = { id: 'm', usage: { input_tokens: 12, output_tokens: 1 } };
  const streams: [LlmProvider, string[]][] = [
    ['openai', times(200, () => data({ choices: [{ delta: { content: 'word' }, finish_reason: null }], obfuscation }))],
    ['openai', times(200, () => named('response.output_text.delta', { delta: 'word', item_id: 'i', obfuscation }))],
    ['openai', times(200, () => named('response.function_call_arguments.delta', { delta: 'word' }))],
    ['openai', times(200, () => data({ choices: [{ text: 'word' }] }))],
    ['openai', times(200, () => data({ choices: [{ delta: { tool_calls: [{ function: { arguments: 'word' } }] } }] }))],
    ...(['text', 'thinking', 'partial_json'] as const).map((name): [LlmProvider, string[]] => [
      'anthropic',
      [
        named('message_start', { message }),
        ...times(200, () =>
          named('content_block_delta', { index: 0, delta: { type: `${name}_delta`, [name]: 'word' } }),
        ),
      ],
    ]),
  ];
  for (const [provider, events] of streams) {
    const { usage, isEstimate } = await counted(provider, events.join(''));
    expect([usage.outputTokens, isEstimate], events.at(-1)).toEqual([200, true]);
  }
});

test('what is written to the cache is counted apart from the input, and for how long', async () => {
  const details = { cached_tokens: 0, cache_write_tokens: 3_200 };
  const response = { usage: { input_tokens: 3_300, output_tokens: 5, input_tokens_details: details } };
  expect((await read('openai', named('response.completed', { response }))).said).toEqual({
    ...{ inputTokens: 100, outputTokens: 5, cachedInputTokens: 0, cacheCreationTokens: 3_200 },
  });
  const written = { ephemeral_5m_input_tokens: 400, ephemeral_1h_input_tokens: 600 };
  const usage = { input_tokens: 10, output_tokens: 5, cache_creation_input_tokens: 1_000, cache_creation: written };
  const document = JSON.stringify({ type: 'message', content: [], usage });
  expect((await read('anthropic', document, { contentType: 'application/json' })).said).toMatchObject({
    cacheCreationTokens: 1_000,
    longCacheCreationTokens: 600,
  });
});

test('what comes packed is unpacked to be counted, also where it was cut; what cannot be is guessed', async () => {
  const stream = times(3_000, (at) => chatPiece(`word${at} `)).join('') + data({ choices: [], usage: CHAT_USAGE });
  const packings = {
    gzip: gzipSync(stream),
    br: brotliCompressSync(stream),
    deflate: deflateSync(stream),
    zstd: zstdCompressSync(stream),
  };
  for (const [contentEncoding, bytes] of Object.entries(packings)) {
    const whole = await read('openai', bytes, { ...SSE, contentEncoding });
    expect([whole.said?.outputTokens, whole.isCounted], contentEncoding).toEqual([40, true]);
    const cut = await read('openai', bytes.subarray(0, bytes.length - 20), { ...SSE, contentEncoding });
    expect(cut.isCounted, contentEncoding).toBe(false);
    const broken = await read('openai', Buffer.from(stream), { ...SSE, contentEncoding });
    expect(broken.isCounted, contentEncoding).toBe(false);
  }
  const unknown = await read('openai', Buffer.from('x'.repeat(400)), { ...SSE, contentEncoding: 'compress' });
  expect(unknown).toEqual({ said: null, isCounted: false, likelyOutputTokens: 100 });
});

/** Streams as providers send them, with what they say at their end. */
const RECORDED: readonly { provider: LlmProvider; stream: string; said: number }[] = [
  {
    provider: 'anthropic',
    said: 57,
    stream: [
      named('message_start', { message: { id: 'msg_1', usage: { input_tokens: 12, output_tokens: 1 } } }),
      named('ping'),
      named('content_block_start', { index: 0, content_block: { type: 'text', text: '' } }),
      ...times(20, () =>
        named('content_block_delta', { index: 0, delta: { type: 'text_delta', text: 'Grüße ✓ an ' } }),
      ),
      named('content_block_stop', { index: 0 }),
      named('message_delta', { delta: { stop_reason: 'end_turn' }, usage: { output_tokens: 57 } }),
      named('message_stop'),
    ].join(''),
  },
  {
    provider: 'openai',
    said: 31,
    stream: [
      chatPiece('', { finish_reason: null }),
      ...times(25, () => chatPiece('word "usage": {"completion_tokens": 9} ', { finish_reason: null })),
      data({ choices: [{ index: 0, delta: {}, finish_reason: 'stop' }] }),
      data({ choices: [], usage: { prompt_tokens: 12, completion_tokens: 31 } }),
      'data: [DONE]\n\n',
    ].join(''),
  },
  {
    provider: 'openai',
    said: 44,
    stream: [
      named('response.created', { response: { id: 'r', usage: null } }),
      ...times(30, () => named('response.output_text.delta', { delta: 'ein Wort', obfuscation: 'abc' })),
      named('response.output_text.done', { text: 'ein Wort'.repeat(30) }),
      named('response.completed', { response: { usage: { input_tokens: 12, output_tokens: 44 } } }),
    ].join(''),
  },
  {
    provider: 'openai',
    said: 12,
    stream: [
      ...times(12, (at) =>
        data({
          choices: [{ delta: { content: 'word ' }, finish_reason: at === 11 ? 'stop' : null }],
          usage: { prompt_tokens: 12, completion_tokens: at + 1 },
        }),
      ),
      'data: [DONE]\n\n',
    ].join(''),
  },
];

test('any cut of a stream at any byte counts what came, never more than all of it, and says which it is', async () => {
  const whole = await Promise.all(
    RECORDED.map(async ({ provider, stream }) => {
      // Without its last words, all that it put out is guessed.
      const guessed = await read(provider, stream);
      return { ...(await counted(provider, stream)), guessed: guessed.likelyOutputTokens };
    }),
  );
  for (const [at, { said }] of RECORDED.entries()) {
    expect(whole[at]).toMatchObject({ isEstimate: false, usage: { inputTokens: 12, outputTokens: said } });
  }
  await fc.assert(
    fc.asyncProperty(fc.nat(RECORDED.length - 1), fc.double({ min: 0, max: 1, noNaN: true }), async (at, part) => {
      const { provider, stream, said } = RECORDED[at]!;
      const bytes = Buffer.from(stream);
      const cutAt = Math.floor(part * bytes.length);
      const cut = bytes.subarray(0, cutAt);
      const [now, before] = await Promise.all([read(provider, cut), read(provider, cut.subarray(0, cutAt >> 1))]);
      const { usage, isEstimate } = usageOfReading(now, { likelyInputTokens: LIKELY_INPUT, putsOut: true });
      if (!isEstimate) expect(usage.outputTokens).toBe(said);
      else {
        expect(usage.outputTokens).toBeGreaterThanOrEqual(now.likelyOutputTokens);
        expect(usage.outputTokens).toBeLessThanOrEqual(Math.max(said, whole[at]!.guessed));
      }
      expect(now.likelyOutputTokens).toBeGreaterThanOrEqual(before.likelyOutputTokens);
    }),
  );
});
