import fc from 'fast-check';
import { expect, test } from 'vitest';
import { recognisePicture } from './avatar.ts';

/** The smallest files that have a header: what follows it is not looked at. */
const bytes = (hex: string) => Buffer.from(hex.replaceAll(' ', ''), 'hex');
const png = bytes('89504e470d0a1a0a 0000000d 49484452 00000140 000000f0 08060000');
const gif = Buffer.from('GIF89a');
// An APP0 segment of 4 bytes, fill bytes, a table of codes, then the frame.
const jpeg = bytes('ffd8 ffe0 0004 0000 ffffffc4 0003 00 ffc2 0011 08 00f0 0140 03');
const webp = (chunk: string, rest: string) =>
  Buffer.concat([Buffer.from('RIFF____WEBP'), Buffer.from(chunk), bytes('00000000'), bytes(rest)]);

test('a picture is known by its bytes, with its width and height', () => {
  const size = { width: 320, height: 240 };
  expect(recognisePicture(png)).toEqual({ type: 'image/png', ...size });
  expect(recognisePicture(jpeg)).toEqual({ type: 'image/jpeg', ...size });
  expect(recognisePicture(webp('VP8X', '00000000 3f0100 ef0000'))).toEqual({ type: 'image/webp', ...size });
  expect(recognisePicture(webp('VP8 ', '000000 9d012a 4001 f000'))).toEqual({ type: 'image/webp', ...size });
  // 319 and 239 in fourteen bits each.
  expect(recognisePicture(webp('VP8L', '2f 3fc13b00 0000000000'))).toEqual({ type: 'image/webp', ...size });
});

test('anything else is no picture: other formats, programs, pages, and names that lie', () => {
  const others = [gif, Buffer.from('<svg xmlns="http://www.w3.org/2000/svg"/>'), Buffer.from('%PDF-1.7'), bytes('00')];
  for (const other of others) expect(recognisePicture(other)).toBeNull();
  expect(recognisePicture(bytes('89504e470d0a1a0a 00000004 49444154 00000140 000000f0'))).toBeNull();
  expect(recognisePicture(bytes('ffd8 ffda 0008 0000000000000000'))).toBeNull();
  expect(recognisePicture(webp('ALPH', '00000000 3f0100 ef0000'))).toBeNull();
});

test('a beginning asks for more, and no bytes at all make it fail or never end', () => {
  for (const whole of [png, jpeg, webp('VP8X', '00000000 3f0100 ef0000')]) {
    for (let length = 0; length < 20; length += 1) expect(recognisePicture(whole.subarray(0, length))).toBe('more');
  }
  const beginnings = fc.constantFrom('', '89504e470d0a1a0a', 'ffd8ff', '52494646000000005745425056503820');
  fc.assert(
    fc.property(beginnings, fc.uint8Array({ maxLength: 200 }), (beginning, rest) => {
      const found = recognisePicture(Buffer.concat([bytes(beginning), rest]));
      if (found === null || found === 'more') return;
      expect(found.width).toBeGreaterThanOrEqual(0);
    }),
  );
});
