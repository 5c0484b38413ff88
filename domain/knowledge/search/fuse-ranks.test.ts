import { expect, test } from 'vitest';
import { fuseRanks } from './fuse-ranks.ts';

test('what both lists have goes before what is first in one, and an entry is there once', () => {
  const chunk = (chunk_id: string, entry_id: string, by_words: number | null, by_title: number | null) => ({
    ...{ chunk_id, entry_id, by_words, by_title },
  });
  const hits = fuseRanks([
    chunk('a1', 'a', 1, null),
    chunk('b1', 'b', 3, 2),
    chunk('b2', 'b', 2, 2),
    chunk('c1', 'c', null, 1),
    chunk('d1', 'd', 9, null),
  ]);
  expect(hits.map(({ chunkId }) => chunkId)).toEqual(['b2', 'a1', 'c1', 'd1']);
  expect(fuseRanks([chunk('a', 'a', 1, 1)])[0]!.score).toBe(1);
});
