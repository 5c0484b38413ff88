import { expect, test } from 'vitest';
import { entrySlug, reviewedStatus, wikiTitles } from './entry.ts';

test('titles that read alike have one slug, in any script', () => {
  expect(['Crème Brûlée', 'creme  brulee!', '--Creme/Brulee'].map(entrySlug)).toEqual(
    Array.from({ length: 3 }, () => 'creme-brulee'),
  );
  expect(entrySlug('運用 手順 2')).toBe('運用-手順-2');
  expect(entrySlug('…!')).toBe('');
});

test('a text links to titles, each once, and to no more than 200', () => {
  const text = 'See [[Release Plan]], [[release plan|the plan]] and [[Rollback]]; [[…]], [[a\nb]] and [x](y) are none.';
  expect([...wikiTitles(text)]).toEqual([
    ['release-plan', 'Release Plan'],
    ['rollback', 'Rollback'],
  ]);
  const many = Array.from({ length: 300 }, (_, index) => `[[Page ${index}]]`).join(' ');
  expect(wikiTitles(many).size).toBe(200);
});

test('where reviews are required, what would be published waits for one', () => {
  expect([reviewedStatus('published', true), reviewedStatus('published', false)]).toEqual([
    'pending_review',
    'published',
  ]);
  expect(reviewedStatus('archived', true)).toBe('archived');
});
