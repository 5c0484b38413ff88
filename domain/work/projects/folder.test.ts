import { expect, test } from 'vitest';
import { folderPath, isWithin, parentPath, pathsTo } from './folder.ts';

test('a path has one form, however it is written', () => {
  for (const text of ['Specs/Drafts', '/Specs//Drafts/', ' Specs / Drafts ']) {
    expect(folderPath(text), text).toBe('/Specs/Drafts');
  }
  expect(folderPath('Re\u0301sume\u0301')).toBe('/Résumé');
  for (const text of ['', '/', ' / ']) expect(folderPath(text)).toBe('/');
});

test('what leads out of its folder, looks like another or is too much, is no path', () => {
  for (const text of ['a/../b', './a', 'a\u0000b', 'a\u202Eb', 'a\\b', '\uD800', 'x'.repeat(121), 'a/'.repeat(11)]) {
    expect(folderPath(text), JSON.stringify(text)).toBeNull();
  }
  expect(folderPath(`${'x'.repeat(100)}/`.repeat(5))).toBeNull();
});

test('paths say what is above and within', () => {
  expect(['/a/b', '/a', '/'].map(parentPath)).toEqual(['/a', '/', '/']);
  expect(pathsTo('/a/b/c')).toEqual(['/a', '/a/b', '/a/b/c']);
  expect(pathsTo('/')).toEqual([]);
  expect([isWithin('/a', '/a'), isWithin('/a', '/a/b'), isWithin('/a', '/ab'), isWithin('/', '/ab')]).toEqual([
    ...[true, true, false, true],
  ]);
});
