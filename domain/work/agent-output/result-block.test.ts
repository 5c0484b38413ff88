import fc from 'fast-check';
import { expect, test } from 'vitest';
import { RESULT_BLOCK_REQUEST, readResultBlock } from './result-block.ts';

const block = (json: string) => `Done.\n\n\`\`\`crewship\n${json}\n\`\`\``;

test('the block is read and is no part of the summary', () => {
  expect(readResultBlock(block('{"confidence": 0.8, "handoff": {"file": "a.md"}}'))).toEqual({
    summary: 'Done.',
    confidence: 0.8,
    handoff: { file: 'a.md' },
  });
});

test.each([
  ['0.25', 0.25],
  ['"0.25"', 0.25],
  ['"25%"', 0.25],
  ['25', 0.25],
  ['"high"', 0.9],
  ['" Low "', 0.4],
  ['1', 1],
  ['0', 0],
  ['-1', null],
  ['101', null],
  ['"sure"', null],
  ['null', null],
  ['[]', null],
])('confidence %s is %s', (stated, confidence) => {
  expect(readResultBlock(block(`{"confidence": ${stated}}`)).confidence).toBe(confidence);
});

test('a handoff that is no object is handed over as notes; an empty one is none', () => {
  expect(readResultBlock(block('{"handoff": "see a.md"}')).handoff).toEqual({ notes: 'see a.md' });
  expect(readResultBlock(block('{"handoff": ["a", "b"]}')).handoff).toEqual({ notes: ['a', 'b'] });
  expect(readResultBlock(block('{"handoff": {}}')).handoff).toBeNull();
  expect(readResultBlock(block(JSON.stringify({ handoff: { text: 'x'.repeat(40_000) } }))).handoff).toBeNull();
});

test('of several blocks the last counts, and one that is not closed is read too', () => {
  const answer = `${block('{"confidence": 0.1}')}\n\nOn second thought:\n\n\`\`\`crewship\n{"confidence": 0.6}`;
  expect(readResultBlock(answer).confidence).toBe(0.6);
});

test('an answer whose block cannot be read is all summary', () => {
  const answer = block('{"confidence": ');
  expect(readResultBlock(answer)).toEqual({ summary: answer, confidence: null, handoff: null });
  expect(readResultBlock('Just words.')).toEqual({ summary: 'Just words.', confidence: null, handoff: null });
});

test('nested beyond reason is no handoff', () => {
  const deep = `${'{"a":'.repeat(9_000)}1${'}'.repeat(9_000)}`;
  expect(readResultBlock(block(`{"handoff": ${deep}}`)).handoff).toBeNull();
});

test('any answer gives a result', () => {
  const part = fc.constantFrom('```crewship', '```', '{"confidence":', '{}', '"', '\n', 'x', '\ud800');
  fc.assert(
    fc.property(fc.array(fc.oneof(part, fc.string()), { maxLength: 40 }), (parts) => {
      const { summary, confidence } = readResultBlock(parts.join(''));
      expect(summary.isWellFormed()).toBe(true);
      expect(confidence === null || (confidence >= 0 && confidence <= 1)).toBe(true);
    }),
  );
});

test('the example that prompts give can be read', () => {
  expect(readResultBlock(RESULT_BLOCK_REQUEST).confidence).toBe(0);
});
