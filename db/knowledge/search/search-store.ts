import type { EntryKindName, EntrySummary } from '../../../domain/knowledge/entries/entry.ts';
import type { Relation } from '../../../domain/knowledge/entries/link.ts';
import type { RankedChunk } from '../../../domain/knowledge/search/fuse-ranks.ts';
import type { ReadPool } from '../../kernel/read-pool.ts';
import { sql } from '../../kernel/sql.ts';
import { entrySummaryColumns, fromEntries } from '../entries/entries-store.ts';
import { findable } from '../entries/sight.ts';

/** Most chunks of each list that are fused. */
const MOST_FOUND = 200;

export interface SearchFilter {
  readonly tags: readonly string[] | undefined;
  readonly kind: EntryKindName | undefined;
}

/** Chunks of these namespaces that a question finds, with their places. */
export function searchChunks(
  reads: ReadPool,
  workspaceId: string,
  namespaceIds: readonly string[],
  query: string,
  { tags, kind }: SearchFilter,
): Promise<readonly RankedChunk[]> {
  if (namespaceIds.length === 0) return Promise.resolve([]);
  return reads.any<RankedChunk>(
    [workspaceId],
    sql`
      SELECT chunk_id, entry_id, by_words, by_title FROM crewship_search_knowledge(${workspaceId},
        ${sql.array([...namespaceIds], 'text')}, ${query}, ${tags === undefined ? null : sql.array([...tags], 'text')},
        ${kind ?? null}, ${MOST_FOUND})`,
  );
}

export interface FoundChunk {
  readonly chunk_id: string;
  readonly highlights: readonly string[];
  readonly entry: EntrySummary;
}

/** Of these chunks their entries and what of their texts answers the question; still only of what is to be found. */
export async function readFound(
  reads: ReadPool,
  workspaceId: string,
  namespaceIds: readonly string[],
  query: string,
  chunkIds: readonly string[],
): Promise<ReadonlyMap<string, FoundChunk>> {
  const rows = await reads.any<EntrySummary & { chunk_id: string; headline: string }>(
    [workspaceId],
    sql`
      SELECT c.id AS chunk_id, ts_headline('english', c.text,
          replace(plainto_tsquery('english', ${query})::text, ' & ', ' | ')::tsquery,
          'MaxFragments=3, MaxWords=24, MinWords=8, StartSel="", StopSel="", FragmentDelimiter="\u0001"') AS headline,
        ${entrySummaryColumns}
      FROM ${fromEntries} JOIN knowledge_chunks c ON c.entry_id = e.id
      WHERE c.id = ANY (${sql.array([...chunkIds], 'text')}) AND e.workspace_id = ${workspaceId}
        AND ${findable('e', namespaceIds)}`,
  );
  return new Map(
    rows.map(({ chunk_id: id, headline, ...entry }) => {
      const highlights = headline.split('\u0001').map((part) => part.trim());
      return [id, { chunk_id: id, highlights: highlights.filter((part) => part !== ''), entry }];
    }),
  );
}

export interface ChunkText {
  readonly chunk_id: string;
  readonly entry_id: string;
  readonly title: string;
  readonly namespace: string;
  readonly version: number;
  readonly source_url: string | null;
  readonly seq: number;
  readonly text: string;
}

/** Texts of these chunks and of the first ones of these entries, of what is to be found. */
export function readChunkTexts(
  reads: ReadPool,
  workspaceId: string,
  namespaceIds: readonly string[],
  wanted: { readonly chunkIds: readonly string[]; readonly entryIds: readonly string[] },
): Promise<readonly ChunkText[]> {
  return reads.any<ChunkText>(
    [workspaceId],
    sql`
      SELECT c.id AS chunk_id, e.id AS entry_id, e.title, n.name AS namespace, e.version, e.source_url, c.seq,
        c.text
      FROM ${fromEntries} JOIN knowledge_chunks c ON c.entry_id = e.id
      WHERE (c.id = ANY (${sql.array([...wanted.chunkIds], 'text')})
          OR c.seq = 0 AND c.entry_id = ANY (${sql.array([...wanted.entryIds], 'text')}))
        AND e.workspace_id = ${workspaceId} AND ${findable('e', namespaceIds)}`,
  );
}

export interface Step {
  readonly from: string;
  readonly to: string;
  readonly weight: number;
}

/** Active links from and to these entries, the heaviest first, whose both ends are to be found; either way. */
export function readSteps(
  reads: ReadPool,
  workspaceId: string,
  namespaceIds: readonly string[],
  entryIds: readonly string[],
  relations: readonly Relation[] | undefined,
): Promise<readonly Step[]> {
  const ids = sql.array([...entryIds], 'text');
  const only =
    relations === undefined
      ? sql.fragment``
      : sql.fragment`AND l.relation = ANY (${sql.array([...relations], 'text')})`;
  return reads.any<Step>(
    [workspaceId],
    sql`
      SELECT s."from", s."to", s.weight FROM (
        SELECT l.from_entry_id AS "from", l.to_entry_id AS "to", l.weight, l.id FROM knowledge_links l
        WHERE l.from_entry_id = ANY (${ids}) AND l.workspace_id = ${workspaceId} AND l.status = 'active' ${only}
        UNION ALL
        SELECT l.to_entry_id, l.from_entry_id, l.weight, l.id FROM knowledge_links l
        WHERE l.to_entry_id = ANY (${ids}) AND l.workspace_id = ${workspaceId} AND l.status = 'active' ${only}
      ) s JOIN knowledge_entries e ON e.id = s."to"
      WHERE ${findable('e', namespaceIds)}
      ORDER BY s.weight DESC, s.id ${sql.limit(500)}`,
  );
}
