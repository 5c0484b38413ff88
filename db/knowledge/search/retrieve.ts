import type { Relation } from '../../../domain/knowledge/entries/link.ts';
import { type ContextPart, type PackedContext, packContext } from '../../../domain/knowledge/search/context.ts';
import { fuseRanks } from '../../../domain/knowledge/search/fuse-ranks.ts';
import type { ReadPool } from '../../kernel/read-pool.ts';
import { type ChunkText, readChunkTexts, readSteps, searchChunks } from './search-store.ts';

/** What a link leaves of the score of where it comes from, beside its own weight. */
const DECAY = 0.5;
/** Most of an entry’s chunks that are quoted. */
const CHUNKS_OF_ENTRY = 3;

export interface RetrievedEntry {
  readonly id: string;
  readonly title: string;
  readonly score: number;
  /** Links away from what the question found. */
  readonly hop: number;
  /** From what the question found, over which entries, to this one. */
  readonly path: readonly string[];
}

interface Reached {
  readonly score: number;
  readonly hop: number;
  readonly path: readonly string[];
}

export interface Retrieval {
  readonly entries: readonly RetrievedEntry[];
  readonly packed: PackedContext;
  /** Of each entry that is quoted, by its number in the context. */
  readonly quoted: readonly ChunkText[];
}

/**
 * What answers a question, from these namespaces: entries that it finds, and those that links lead to from there, the
 * best first, quoted as far as the tokens hold. No step leads through an entry that is not to be found.
 */
export async function retrieve(
  reads: ReadPool,
  workspaceId: string,
  namespaceIds: readonly string[],
  asked: {
    readonly query: string;
    readonly depth: number;
    readonly relations: readonly Relation[] | undefined;
    readonly maxEntries: number;
    readonly maxTokens: number;
    readonly fence: string;
  },
): Promise<Retrieval> {
  const nothing = { tags: undefined, kind: undefined };
  const found = await searchChunks(reads, workspaceId, namespaceIds, asked.query, nothing);
  const reached = new Map<string, Reached>();
  for (const { entryId, score } of fuseRanks(found).slice(0, asked.maxEntries)) {
    reached.set(entryId, { score, hop: 0, path: [entryId] });
  }
  const seeds = new Set(reached.keys());
  let edge = [...seeds];
  for (let hop = 1; hop <= asked.depth && edge.length > 0; hop += 1) {
    const steps = await readSteps(reads, workspaceId, namespaceIds, edge, asked.relations);
    const next = new Set<string>();
    for (const { from, to, weight } of steps) {
      const origin = reached.get(from)!;
      const score = origin.score * weight * DECAY;
      const known = reached.get(to);
      if (known !== undefined && (known.hop < hop || known.score >= score)) continue;
      reached.set(to, { score, hop, path: [...origin.path, to] });
      next.add(to);
    }
    edge = [...next];
  }
  const best = [...reached].sort(([, a], [, b]) => b.score - a.score || a.hop - b.hop).slice(0, asked.maxEntries);
  const ids = new Set(best.map(([id]) => id));
  const ofSeeds = Map.groupBy(
    found.filter(({ entry_id: id, by_words: words }) => ids.has(id) && words !== null),
    ({ entry_id: id }) => id,
  );
  const chunkIds = [...ofSeeds.values()].flatMap((chunks) =>
    chunks
      .toSorted((a, b) => a.by_words! - b.by_words!)
      .slice(0, CHUNKS_OF_ENTRY)
      .map(({ chunk_id: id }) => id),
  );
  const entryIds = best.flatMap(([id]) => (ofSeeds.has(id) ? [] : [id]));
  const texts = Map.groupBy(
    await readChunkTexts(reads, workspaceId, namespaceIds, { chunkIds, entryIds }),
    ({ entry_id: id }) => id,
  );
  const entries = best.flatMap(([id, { score, hop, path }]) => {
    const title = texts.get(id)?.[0]?.title;
    return title === undefined ? [] : [{ id, title, score, hop, path }];
  });
  const parts: ContextPart[] = entries.map(({ id, title }) => {
    const chunks = texts.get(id)!.toSorted((a, b) => a.seq - b.seq);
    const text = chunks.map((chunk) => chunk.text).join('\n…\n');
    return { entryId: id, title, namespace: chunks[0]!.namespace, text };
  });
  const packed = packContext(parts, asked.fence, asked.maxTokens);
  return { entries, packed, quoted: packed.parts.map(({ entryId }) => texts.get(entryId)![0]!) };
}
