import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { createAgentOutputParser } from './agent-output-parser.ts';
import { createClaudeCodeReader } from './claude-code-reader.ts';
import { createOpencodeReader } from './opencode-reader.ts';
import type { OutputReader } from './output-reader.ts';

const readers: Readonly<Record<string, () => OutputReader>> = {
  'Claude Code': createClaudeCodeReader,
  opencode: () => createOpencodeReader('anthropic/model'),
};

/** Words that the readers look for, so that hostile lines get past their first look. */
const WORDS = [
  'type',
  'system',
  'subtype',
  'init',
  'assistant',
  'user',
  'result',
  'message',
  'content',
  'tool_use',
  'tool_result',
  'tool_use_id',
  'id',
  'name',
  'Bash',
  'Write',
  'input',
  'command',
  'file_path',
  'usage',
  'input_tokens',
  'modelUsage',
  'part',
  'tool',
  'bash',
  'write',
  'state',
  'step_finish',
  'text',
  'error',
  'data',
  'tokens',
  'cache',
  'cost',
  'reason',
  'sessionID',
  'messageID',
  'filePath',
  'status',
  'completed',
  'is_error',
  '__proto__',
  'constructor',
  'toString',
];

const word = fc.constantFrom(...WORDS);
const leaf = fc.oneof(word, fc.string(), fc.double(), fc.integer(), fc.boolean(), fc.constant(null));
const { value: hostileValue } = fc.letrec((tie) => ({
  value: fc.oneof(
    { depthSize: 'small' },
    leaf,
    fc.array(tie('value'), { maxLength: 4 }),
    fc.dictionary(word, tie('value'), { maxKeys: 6 }),
  ),
}));
const hostileLine = fc.dictionary(word, hostileValue, { maxKeys: 8 }).map((value) => JSON.stringify(value));
const output = fc
  .array(
    fc.oneof(
      hostileLine.map((line) => Buffer.from(line)),
      fc.uint8Array({ maxLength: 200 }).map(Buffer.from),
    ),
    {
      maxLength: 30,
    },
  )
  .map((lines) => Buffer.concat(lines.flatMap((line) => [line, Buffer.from('\n')])));

describe.each(Object.entries(readers))('%s', (_name, createReader) => {
  function parse(chunks: readonly Uint8Array[], limits = {}) {
    const parser = createAgentOutputParser(createReader(), limits);
    return { events: chunks.flatMap((chunk) => parser.push(chunk)), outcome: parser.outcome() };
  }

  test('any bytes, cut anywhere, give the same events and never throw', () => {
    fc.assert(
      fc.property(output, fc.array(fc.nat(), { maxLength: 40 }), (bytes, cuts) => {
        const places = [0, ...cuts.map((cut) => cut % (bytes.length + 1)), bytes.length].sort((a, b) => a - b);
        const chunks = places.slice(1).map((end, index) => bytes.subarray(places[index], end));
        const whole = parse([bytes], { lineLimitBytes: 400 });
        expect(parse(chunks, { lineLimitBytes: 400 })).toEqual(whole);
        // What goes into entries is storable, whatever it is.
        expect(() => JSON.stringify(whole)).not.toThrow();
      }),
    );
  });

  test('events after a crash are those that the first reader did not see', () => {
    fc.assert(
      fc.property(output, fc.nat(), (bytes, cut) => {
        const at = cut % (bytes.length + 1);
        const first = parse([bytes.subarray(0, at)]);
        const second = createAgentOutputParser(createReader());
        second.push(bytes.subarray(0, at));
        const after = second.push(bytes.subarray(at));
        expect([...first.events, ...after]).toEqual(parse([bytes]).events);
      }),
    );
  });

  test('every event has a place of its own', () => {
    fc.assert(
      fc.property(output, (bytes) => {
        const places = parse([bytes]).events.map(({ offset, index }) => `${offset}-${index}`);
        expect(new Set(places).size).toBe(places.length);
      }),
    );
  });
});

test('a command is told with its result, or without one when the output ends before it', () => {
  const parser = createAgentOutputParser(createClaudeCodeReader());
  const use = (id: string) =>
    JSON.stringify({
      type: 'assistant',
      message: { content: [{ type: 'tool_use', id, name: 'Bash', input: { command: 'sleep 9' } }] },
    });
  const lines = `${use('a')}\n${use('b')}\n`;
  expect(parser.push(Buffer.from(lines))).toEqual([]);
  const answer = { type: 'user', message: { content: [{ type: 'tool_result', tool_use_id: 'a', is_error: true }] } };
  expect(parser.push(Buffer.from(`${JSON.stringify(answer)}\n`))).toMatchObject([
    { offset: lines.length, index: 0, action: { kind: 'command', calledAt: 0, end: { isError: true } } },
  ]);
  const [left, ...none] = parser.end();
  expect(none).toEqual([]);
  expect(left!.action).toEqual({
    ...{ kind: 'command', tool: 'Bash', command: 'sleep 9' },
    ...{ calledAt: use('a').length + 1, end: {} },
  });
});

const call = (id: string) => JSON.stringify({ type: 'assistant', message: { id, model: 'm', content: [] } });

test('a line beyond the limit is skipped and counted, and the next one is read', () => {
  const parser = createAgentOutputParser(createClaudeCodeReader(), { lineLimitBytes: 100 });
  const events = parser.push(Buffer.from(`{"type":"${'x'.repeat(200)}"}\n${call('a')}\n`));
  expect(events.map(({ offset }) => offset)).toEqual([212]);
  expect(parser.outcome()).toMatchObject({ lines: 2, tooLongLines: 1 });
});

test('an endless line holds no more than the limit', () => {
  const parser = createAgentOutputParser(createClaudeCodeReader(), { lineLimitBytes: 1_000 });
  const piece = Buffer.alloc(65_536, 'x');
  const before = process.memoryUsage().arrayBuffers;
  for (let count = 0; count < 2_000; count += 1) parser.push(piece);
  expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(16 * 1_048_576);
  expect(parser.push(Buffer.from(`\n${call('a')}\n`))).toHaveLength(1);
});

test('events beyond the limit of a run are counted and not reported', () => {
  const parser = createAgentOutputParser(createClaudeCodeReader(), { maxEvents: 2 });
  expect(parser.push(Buffer.from(`${call('a')}\n${call('b')}\n${call('c')}\n`))).toHaveLength(2);
  expect(parser.outcome().droppedEvents).toBe(1);
});

test('a message that comes in several lines is one call of the model', () => {
  const parser = createAgentOutputParser(createClaudeCodeReader());
  expect(parser.push(Buffer.from(`${call('a')}\n${call('a')}\n`))).toHaveLength(1);
});

test('what is no event is kept as noise, the end of it', () => {
  const parser = createAgentOutputParser(createOpencodeReader(null));
  parser.push(Buffer.from(`${'x'.repeat(600)}\nError: no such model\n{"type":"unknown"}\n`));
  expect(parser.outcome().noise).toMatch(/^x+\nError: no such model$/);
});
