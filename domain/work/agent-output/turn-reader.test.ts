import { expect, test } from 'vitest';
import { joinDeltas } from '../../conversations/chats/turn-event.ts';
import { createClaudeTurnLines, createOpencodeTurnLines, createTurnReader } from './turn-reader.ts';

const jsonl = (lines: readonly object[]) => Buffer.from(lines.map((line) => `${JSON.stringify(line)}\n`).join(''));

const CLAUDE = jsonl([
  { type: 'system', subtype: 'init', session_id: 's' },
  { type: 'stream_event', event: { type: 'message_start', message: { id: 'm1' } } },
  { type: 'stream_event', event: { type: 'content_block_delta', delta: { type: 'text_delta', text: 'Let me ' } } },
  { type: 'stream_event', event: { type: 'content_block_delta', delta: { type: 'text_delta', text: 'look.' } } },
  { type: 'assistant', message: { id: 'm1', content: [{ type: 'text', text: 'Let me look.' }] } },
  {
    type: 'assistant',
    message: { id: 'm1', content: [{ type: 'tool_use', id: 't1', name: 'Bash', input: { command: 'ls' } }] },
  },
  { type: 'assistant', parent_tool_use_id: 't1', message: { id: 'x', content: [{ type: 'text', text: 'within' }] } },
  { type: 'user', message: { content: [{ type: 'tool_result', tool_use_id: 't1', is_error: true }] } },
  // A message of which no pieces came is told whole.
  { type: 'assistant', message: { id: 'm2', content: [{ type: 'text', text: 'Nothing there.' }] } },
  { type: 'result', subtype: 'success', result: 'Nothing there.' },
]);

test('an answer is told in pieces as they come, once, with the calls of tools between', () => {
  const expected = [
    { type: 'message.delta', data: { text: 'Let me look.' } },
    { type: 'tool.started', data: { call_id: 't1', tool: 'Bash', arguments: '{"command":"ls"}' } },
    { type: 'tool.finished', data: { call_id: 't1', is_error: true } },
    { type: 'message.delta', data: { text: 'Nothing there.' } },
  ];
  expect(createTurnReader(createClaudeTurnLines()).push(CLAUDE)).toEqual(expected);
  // The same, however it is cut.
  const reader = createTurnReader(createClaudeTurnLines());
  const pieces = [...CLAUDE].flatMap((byte) => reader.push(Uint8Array.of(byte)));
  expect(joinDeltas(pieces)).toEqual(expected);
});

test('what opencode tells of a tool is its beginning and its end', () => {
  const lines = jsonl([
    { type: 'text', part: { text: 'Hm. ' } },
    {
      type: 'tool_use',
      part: { callID: 'c1', tool: 'read', state: { status: 'completed', input: { filePath: '/a' } } },
    },
    { type: 'text', part: { text: 'Done.' } },
  ]);
  expect(
    createTurnReader(createOpencodeTurnLines())
      .push(lines)
      .map(({ type }) => type),
  ).toEqual([...['message.delta', 'tool.started', 'tool.finished', 'message.delta']]);
});

test('without lines every word is the agent’s, characters that are cut in two included', () => {
  const reader = createTurnReader(null);
  const bytes = Buffer.from('grün\n');
  const told = [bytes.subarray(0, 3), bytes.subarray(3)].flatMap((piece) => reader.push(piece));
  expect(told.map(({ data }) => data.text as string).join('')).toBe('grün\n');
});

test('long arguments are cut and say so, and what nobody expects tells nothing', () => {
  const line = {
    type: 'assistant',
    message: { content: [{ type: 'tool_use', id: 't', name: 'Write', input: { text: 'x'.repeat(10_000) } }] },
  };
  const [event] = createTurnReader(createClaudeTurnLines()).push(jsonl([line]));
  expect(event?.data).toMatchObject({ truncated: true });
  expect(event!.data.arguments).toHaveLength(4_000);
  const odd = Buffer.from('not json\n{"type":"assistant"}\n{"type":"assistant","message":{"content":"text"}}\n[]\n');
  expect(createTurnReader(createClaudeTurnLines()).push(odd)).toEqual([]);
});
