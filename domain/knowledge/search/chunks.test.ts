import { expect, test } from 'vitest';
import { chunksOf } from './chunks.ts';

test('a text is cut between words, and nothing of it is lost', () => {
  const words = Array.from({ length: 3_000 }, (_, index) => `word${index}`);
  for (const joint of [' ', '\n', '\n\n', '. ']) {
    const chunks = chunksOf(words.join(joint));
    expect(chunks.every((chunk) => chunk.length <= 1_200)).toBe(true);
    const found = new Set(chunks.flatMap((chunk) => chunk.split(/[\s.]+/)));
    expect(words.filter((word) => !found.has(word))).toEqual([]);
  }
});

test('one without blanks is cut too, never within a character', () => {
  const text = '🧭'.repeat(2_000);
  const chunks = chunksOf(text);
  expect(chunks.join('')).toBe(text);
  expect(chunks.every((chunk) => chunk.isWellFormed())).toBe(true);
  expect([chunksOf(''), chunksOf(' \n '), chunksOf('short')]).toEqual([[], [], ['short']]);
});
