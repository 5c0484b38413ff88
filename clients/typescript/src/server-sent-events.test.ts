import { expect, test } from 'vitest';
import { type EventBlock, readEventBlocks } from './server-sent-events.ts';

const encoder = new TextEncoder();

async function blocksOf(pieces: readonly Uint8Array[]): Promise<EventBlock[]> {
  const waiting = [...pieces];
  const blocks: EventBlock[] = [];
  for await (const block of readEventBlocks(async () => waiting.shift())) blocks.push(block);
  return blocks;
}

const block = (given: Partial<EventBlock>): EventBlock => ({
  id: undefined,
  event: 'message',
  data: undefined,
  retryMs: undefined,
  ...given,
});

test('a block is read with its fields, whatever ends its lines; comments and unknown fields are passed over', async () => {
  const text =
    'retry: 2000\n\nid: 1\ndata: {"a":1}\n\n: still here\nid: 7\n\nevent: closed\r\ndata:one\r\ndata: two\r\nx: ' +
    'y\r\n\r\ndata\r\r';
  expect(await blocksOf([encoder.encode(text)])).toEqual([
    block({ retryMs: 2_000 }),
    block({ id: '1', data: '{"a":1}' }),
    block({ id: '7' }),
    block({ event: 'closed', data: 'one\ntwo' }),
  ]);
});

test('pieces may break anywhere, also inside a character or a line’s end; a block without its end is none', async () => {
  const bytes = encoder.encode('id: 1\r\ndata: “Grüße” 💥\r\n\r\nid: 2\r\ndata: x\r\n\r\nid: 3\r\ndata: cut');
  const whole = await blocksOf([bytes]);
  expect(whole.map(({ id, data }) => [id, data])).toEqual([
    ['1', '“Grüße” 💥'],
    ['2', 'x'],
  ]);
  for (let size = 1; size < bytes.length; size += 1) {
    const pieces = Array.from({ length: Math.ceil(bytes.length / size) }, (_, index) =>
      bytes.slice(index * size, (index + 1) * size),
    );
    expect(await blocksOf(pieces), `${size} bytes each`).toEqual(whole);
  }
});

test('an event that does not end is given up before it takes all memory', async () => {
  const piece = encoder.encode('x'.repeat(1_048_576));
  await expect(blocksOf([encoder.encode('data: '), ...Array.from({ length: 17 }, () => piece)])).rejects.toThrow(
    'larger than a client takes',
  );
});
