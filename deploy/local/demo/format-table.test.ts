import { expect, test } from 'vitest';
import { formatTable } from './format-table.ts';

test('columns are as wide as they need to be and long cells take several lines', () => {
  const table = formatTable(
    ['task', 'result'],
    [
      ['one', 'short'],
      ['two', 'a longer result in words'],
    ],
    12,
  );
  expect(table).toBe(
    ['task  result', '────  ─────────', 'one   short', 'two   a longer', '      result in', '      words'].join('\n'),
  );
});

test('a word longer than the column is cut and an empty cell keeps its place', () => {
  expect(formatTable(['a', 'b'], [['', 'abcdefgh']], 5)).toBe('a  b\n─  ─────\n   abcde\n   fgh');
});
