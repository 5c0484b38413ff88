/** A chunk that was found, with its place in each list that it is in; the best is 1. */
export interface RankedChunk {
  readonly chunk_id: string;
  readonly entry_id: string;
  readonly by_words: number | null;
  readonly by_title: number | null;
}

export interface FusedHit {
  readonly chunkId: string;
  readonly entryId: string;
  /** 0 to 1: 1 is the best of both lists. */
  readonly score: number;
}

/** Reciprocal rank fusion’s constant: how little the first places weigh more than the next. */
const K = 60;

/** Both lists as one, the best chunk of each entry, the best first. */
export function fuseRanks(found: readonly RankedChunk[]): FusedHit[] {
  const best = new Map<string, FusedHit>();
  for (const { chunk_id: chunkId, entry_id: entryId, by_words: words, by_title: title } of found) {
    const sum = (words === null ? 0 : 1 / (K + words)) + (title === null ? 0 : 1 / (K + title));
    const score = sum / (2 / (K + 1));
    const known = best.get(entryId);
    if (known === undefined || known.score < score) best.set(entryId, { chunkId, entryId, score });
  }
  return [...best.values()].sort((a, b) => b.score - a.score || (a.entryId < b.entryId ? -1 : 1));
}
