import fc from 'fast-check';
import { expect, test } from 'vitest';
import { createScrubber, scrubJson, scrubText } from './scrubber.ts';

const SECRETS = ['hunter2hunter2', 'hunter2', 'päss wörd\nwith lines', 'aabaab', 'x'.repeat(9_000)];

function scrubInChunks(input: Buffer, cuts: readonly number[], secrets = SECRETS): string {
  const scrubber = createScrubber({ secrets });
  const pieces: Buffer[] = [];
  let consumed = 0;
  let start = 0;
  for (const cut of [...cuts]
    .map((c) => c % (input.length + 1))
    .sort((a, b) => a - b)
    .concat(input.length)) {
    const piece = scrubber.push(input.subarray(start, cut));
    pieces.push(piece.data);
    consumed += piece.consumedBytes;
    // What is held back is bounded, whatever comes.
    expect(cut - consumed).toBeLessThanOrEqual(8_300);
    start = cut;
  }
  const tail = scrubber.flush();
  expect(consumed + tail.consumedBytes).toBe(input.length);
  return Buffer.concat([...pieces, tail.data]).toString('latin1');
}

const token = fc
  .tuple(
    fc.constantFrom(
      'crewship_cli_',
      'crewos_',
      'crwv1.',
      'wsv1.',
      'agtv1.',
      'runv1.',
      'sk-ant-',
      'sk-',
      'ghp_',
      'eyJ',
      'Bearer ',
    ),
    fc.string({ unit: fc.constantFrom(...'abcXYZ019_-.'.split('')), maxLength: 90 }),
  )
  .map((parts) => parts.join(''));

const fragment = fc.oneof(
  fc.constantFrom(...SECRETS.slice(0, 4)),
  fc.constantFrom('hunter', 'aab', 'aa', 'päss ', 'ta', 'sk', 'crewship', 'é', '🚢', ' ', '\n', 'abc', '.', '-'),
  fc.string({ unit: 'grapheme', maxLength: 12 }),
  token,
);

test('the output is the same however the input is cut into chunks', () => {
  fc.assert(
    fc.property(fc.array(fragment, { maxLength: 12 }), fc.array(fc.nat(), { maxLength: 20 }), (fragments, cuts) => {
      const input = Buffer.from(fragments.join(''), 'utf8');
      expect(scrubInChunks(input, cuts)).toBe(scrubInChunks(input, []));
    }),
    { numRuns: 1_500 },
  );
});

test('a byte at a time gives the same as all at once, for any bytes', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
      const input = Buffer.from(bytes);
      expect(scrubInChunks(input, [...input.keys()])).toBe(scrubInChunks(input, []));
    }),
  );
});

test('no known secret survives, whatever surrounds it', () => {
  fc.assert(
    fc.property(
      fc.string(),
      fc.constantFrom(...SECRETS),
      fc.string(),
      fc.array(fc.nat()),
      (left, secret, right, cuts) => {
        const output = scrubInChunks(Buffer.from(left + secret + right, 'utf8'), cuts);
        expect(output).not.toContain(Buffer.from(secret, 'utf8').toString('latin1'));
        expect(output).toContain('[REDACTED]');
      },
    ),
  );
});

test('each piece of UTF-8 input is UTF-8 of its own', () => {
  const input = Buffer.from('ship 🚢 é ü hunter2 🚢🚢', 'utf8');
  const scrubber = createScrubber({ secrets: ['hunter2'] });
  let text = '';
  for (const byte of input) text += scrubber.push(Uint8Array.of(byte)).data.toString('utf8');
  text += scrubber.flush().data.toString('utf8');
  expect(text).toBe('ship 🚢 é ü [REDACTED] 🚢🚢');
});

test('ordinary output leaves at once, only a possible secret waits', () => {
  const scrubber = createScrubber({ secrets: ['correct horse'] });
  expect(scrubber.push(Buffer.from('step 1 done, idle')).data.toString()).toBe('step 1 done, idle');
  expect(scrubber.push(Buffer.from(' on correct ho')).data.toString()).toBe(' on ');
  expect(scrubber.push(Buffer.from('rse, 1')).data.toString()).toBe('[REDACTED], 1');
});

test('a new scrubber goes on from any offset that the old one reported', () => {
  fc.assert(
    fc.property(fc.array(fragment, { maxLength: 10 }), fc.nat(), (fragments, cut) => {
      const input = Buffer.from(fragments.join(' '), 'utf8');
      const first = createScrubber({ secrets: SECRETS });
      const piece = first.push(input.subarray(0, cut % (input.length + 1)));
      const second = createScrubber({ secrets: SECRETS });
      const rest = second.push(input.subarray(piece.consumedBytes));
      const text = Buffer.concat([piece.data, rest.data, second.flush().data]).toString('latin1');
      for (const secret of SECRETS) expect(text).not.toContain(Buffer.from(secret, 'utf8').toString('latin1'));
    }),
  );
});

test('tokens are recognised by their shape, and words that look alike are left alone', () => {
  expect(scrubText('key sk-ant-api03-AbCdEfGhIjKlMnOp_123 end', [])).toBe('key [REDACTED] end');
  expect(scrubText('crewship_cli_0123456789abcdef', [])).toBe('[REDACTED]');
  expect(scrubText(`k crewos_${'a1'.repeat(12)}b_${'0f'.repeat(32)} end`, [])).toBe('k [REDACTED] end');
  expect(scrubText('crewos_api_key', [])).toBe('crewos_api_key');
  expect(scrubText('t=runv1.w.a.r.0123456789abcdef"', [])).toBe('t=[REDACTED]"');
  expect(scrubText('task-management-and-risk-assessment-plans', [])).toBe('task-management-and-risk-assessment-plans');
  expect(scrubText('\u001b[32msk-ant-api03-AbCdEfGhIjKlMnOp\u001b[0m', [])).toBe('\u001b[32m[REDACTED]\u001b[0m');
  expect(scrubText('"a\\nsk-ant-api03-AbCdEfGhIjKlMnOp"', [])).toBe('"a\\n[REDACTED]"');
  expect(scrubText('sk-short', [])).toBe('sk-short');
});

test('a secret escaped in JSON or in an address is found too', () => {
  const secret = 'p"a ss/word';
  expect(scrubText(JSON.stringify({ secret }), [secret])).toBe('{"secret":"[REDACTED]"}');
  expect(scrubText(`?q=${encodeURIComponent(secret)}&`, [secret])).toBe('?q=[REDACTED]&');
});

test('a token without end is dropped to its end in bounded memory', () => {
  const scrubber = createScrubber({ secrets: [] });
  const block = Buffer.alloc(65_536, 'a');
  let output = scrubber.push(Buffer.from('x sk-ant-')).data.toString();
  for (let i = 0; i < 50; i += 1) output += scrubber.push(block).data.toString();
  output += scrubber.push(Buffer.from(' y')).data.toString() + scrubber.flush().data.toString();
  expect(output).toBe('x [REDACTED] y');
});

test('a secret is found inside base64 of whatever it is in, in its URL alphabet too, and in hexadecimal', () => {
  const bytes = fc.uint8Array({ maxLength: 20 });
  fc.assert(
    fc.property(fc.string({ minLength: 8, maxLength: 60, unit: 'grapheme' }), bytes, bytes, (secret, before, after) => {
      const whole = Buffer.concat([before, Buffer.from(secret, 'utf8'), after]);
      const kept = Buffer.from(secret, 'utf8').length - 2;
      for (const encoding of ['base64', 'base64url', 'hex'] as const) {
        const scrubbed = scrubText(`x ${whole.toString(encoding)} y`, [secret]);
        expect(scrubbed).toContain('[REDACTED]');
        // Whatever is left, no six bytes of it are the secret's own.
        const left = scrubbed.slice(2, -2).split('[REDACTED]');
        expect(left.join('').length).toBeLessThan(whole.toString(encoding).length - kept);
      }
    }),
  );
});

test('every text of a JSON value is scrubbed, and nothing else of it changes', () => {
  const secret = 'correct horse battery';
  const value = { a: [`my ${secret}`, 1, null, true], [secret]: { b: secret } };
  expect(scrubJson(value, [secret])).toEqual({
    a: ['my [REDACTED]', 1, null, true],
    '[REDACTED]': { b: '[REDACTED]' },
  });
  const deep = JSON.parse(`${'['.repeat(30_000)}${']'.repeat(30_000)}`) as unknown;
  expect(JSON.stringify(scrubJson(deep, []))).toBe(`${'['.repeat(64)}null${']'.repeat(64)}`);
});
