import { expect, test } from 'vitest';
import { attachmentName, inputNames, mentionedSlugs, titleText } from './agent-chat.ts';

test('a mention is a slug behind an @ that begins a word', () => {
  expect(mentionedSlugs('@lead, ask @Data-team and @lead')).toEqual(['lead', 'data-team']);
  expect(mentionedSlugs('write to me@example.com or (@ops)')).toEqual(['ops']);
  expect(mentionedSlugs('nobody @ all, @-x')).toEqual([]);
});

test('a file’s name is the last part of what it was called, and never a way out', () => {
  expect(attachmentName('C:\\plans\\q3.csv')).toBe('q3.csv');
  expect(attachmentName('../../etc/passwd')).toBe('passwd');
  for (const bad of ['', '..', 'a/..', '.bashrc', 'a\u202Eb', 'a\nb', 'x'.repeat(256)]) {
    expect(attachmentName(bad), bad).toBeNull();
  }
});

test('files of one name are told apart by their place', () => {
  expect(inputNames(['a', 'b', 'a'])).toEqual(['a', 'b', '3-a']);
  expect(inputNames(['3-a', 'a', 'a'])).toEqual(['3-a', 'a', '4-a']);
  expect(inputNames(['a', '2-a', '3-a', 'a', '4-a'])).toEqual(['a', '2-a', '3-a', '4-a', '5-4-a']);
});

test('what tells files of one name apart leaves room for itself, between characters', () => {
  const long = '文'.repeat(85);
  const names = inputNames([long, long]);
  expect(names).toEqual([long, `2-${'文'.repeat(84)}`]);
  expect(Math.max(...names.map((name) => Buffer.byteLength(name)))).toBeLessThanOrEqual(255);
});

test('a title is one line of what can be seen', () => {
  expect(titleText('  two\nlines\u202E \t ')).toBe('two lines');
});
