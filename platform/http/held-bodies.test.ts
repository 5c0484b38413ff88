import http from 'node:http';
import { Readable } from 'node:stream';
import { expect, test } from 'vitest';
import { createHeldBodies, NoRoomError } from './held-bodies.ts';
import { BodyTooLargeError } from './read-body.ts';

/** A request whose body is this long, and says so or not. */
function bodyOf(bytes: number, announced = true): http.IncomingMessage {
  const body = Readable.from([Buffer.alloc(bytes)]);
  return Object.assign(body, {
    headers: announced ? { 'content-length': String(bytes) } : {},
  }) as unknown as http.IncomingMessage;
}

test('one share of the room leaves some to others, and what is released is free again', async () => {
  const bodies = createHeldBodies({ eachBytes: 10, allBytes: 30, shareBytes: 20 });
  const chunks: number[] = [];
  const first = await bodies.hold(bodyOf(10), 'a', (chunk) => chunks.push(chunk.length));
  expect([first.bytes.length, chunks]).toEqual([10, [10]]);
  await bodies.hold(bodyOf(10), 'a');
  await expect(bodies.hold(bodyOf(1), 'a')).rejects.toThrow(NoRoomError);
  await bodies.hold(bodyOf(10), 'b');
  await expect(bodies.hold(bodyOf(1), 'b')).rejects.toThrow(NoRoomError);
  first.release();
  first.release();
  expect((await bodies.hold(bodyOf(10), 'b')).bytes).toHaveLength(10);
  await expect(bodies.hold(bodyOf(1), 'c')).rejects.toThrow(NoRoomError);
});

test('a body that does not say its length takes the most, and one beyond that is refused', async () => {
  const bodies = createHeldBodies({ eachBytes: 10, allBytes: 19 });
  const held = await bodies.hold(bodyOf(3, false));
  await expect(bodies.hold(bodyOf(10))).rejects.toThrow(NoRoomError);
  held.release();
  await expect(bodies.hold(bodyOf(11, false))).rejects.toThrow(BodyTooLargeError);
  await expect(bodies.hold(bodyOf(11))).rejects.toThrow(BodyTooLargeError);
  expect((await bodies.hold(bodyOf(10))).bytes).toHaveLength(10);
});
