import type { JournalEntry } from '../../../domain/kernel/journal/journal-entry.ts';
import type { JournalFilter } from '../../../domain/evidence/journal/journal-filter.ts';
import type { ReadPool } from '../../kernel/read-pool.ts';
import { type Query, sql } from '../../kernel/sql.ts';
import { entryAudience, entryColumns, entryConditions } from './list-journal.ts';
import type { StreamPosition } from './sequencer.ts';

/** An entry that has its place in its workspace's stream. */
export type SequencedEntry = JournalEntry & { readonly position: number };

/** One that goes to several readers, and who of them may have it; null: all. */
export type SharedEntry = SequencedEntry & { readonly audience: readonly string[] | null };

interface StreamRange {
  readonly after: number;
  readonly upTo: number;
  readonly limit: number;
  readonly filter?: JournalFilter;
}

/** Whether an index of the entries knows what a filter asks for, so that few positions may be looked at. */
function asksAnIndex({ reader: _reader, excludeEntryTypes: _exclude, ...indexed }: JournalFilter): boolean {
  return Object.values(indexed).some((asked) => (Array.isArray(asked) ? asked.length > 0 : asked != null));
}

/**
 * The first, for several readers, or the last entries of a range that match, in the order of their positions. Where no
 * index knows the filter each entry is looked up by its position, whatever the planner believes of tables that have
 * just grown: the other plan reads the workspace's entries for each page (of 12,000 entries 63 ms a page, not 4).
 */
function inRange(workspaceId: string, range: StreamRange, order: 'first' | 'last'): Query {
  const { filter = {} } = range;
  const audience = order === 'first' ? sql.fragment`, ${entryAudience} AS audience` : sql.fragment``;
  const direction = order === 'first' ? sql.fragment`ASC` : sql.fragment`DESC`;
  // Makes the look-up a query of its own, which the planner does not join in another way.
  const fence = asksAnIndex(filter) ? sql.fragment`` : sql.fragment`OFFSET 0`;
  return sql`
    SELECT e.*, coalesce(an.priority, 'normal') AS priority, an.expires_at
    FROM (
      SELECT f.*, p.position
      FROM journal_positions p CROSS JOIN LATERAL (
        SELECT ${entryColumns}${audience} FROM journal_entries e
        WHERE e.id = p.entry_id AND e.ts = p.entry_ts AND ${entryConditions(workspaceId, filter)}
        ${fence}) f
      WHERE p.stream = ${workspaceId} AND p.position > ${range.after} AND p.position <= ${range.upTo}
      ORDER BY p.position ${direction} ${sql.limit(range.limit)}
    ) e
    LEFT JOIN journal_annotations an ON an.entry_id = e.id
    ORDER BY e.position`;
}

/**
 * Entries of a workspace's stream in order, after `after` and up to `upTo`, at most `limit`. What is at or before a
 * position that was seen committed is complete: positions are given in the order of commits.
 */
export async function readStream(reads: ReadPool, workspaceId: string, range: StreamRange): Promise<SharedEntry[]> {
  return reads.any<SharedEntry>([workspaceId], inRange(workspaceId, range, 'first'));
}

/** Matching entries that are looked at to find the first: a filter with more is found soon by reading on. */
const FEW_ENTRIES = 200;

/**
 * The position of the first entry after `after` and up to `upTo` that matches, by the index of the mission, trace,
 * crew, agent or type that the filter names; `upTo` when none does. Null when it names none of them, or when more than
 * a few match: entries are not in the order of their times, so all must be seen to know the first.
 */
export async function findFirstOfStream(
  reads: ReadPool,
  workspaceId: string,
  range: { readonly after: number; readonly upTo: number; readonly filter: JournalFilter },
): Promise<number | null> {
  const { missionId, traceId, crewIds, agentIds, entryTypes } = range.filter;
  const isNarrow =
    missionId !== undefined || traceId !== undefined || [crewIds, agentIds, entryTypes].some((list) => list?.length);
  if (!isNarrow) return null;
  const row = await reads.maybeOne<{ few: boolean; first: number | null }>(
    [workspaceId],
    sql`
      WITH matching AS MATERIALIZED (
        SELECT e.id, e.ts FROM journal_entries e WHERE ${entryConditions(workspaceId, range.filter)}
        ORDER BY e.ts DESC, e.id DESC ${sql.limit(FEW_ENTRIES + 1)}
      )
      SELECT (SELECT count(*) FROM matching) <= ${FEW_ENTRIES} AS few, min(p.position) AS first
      FROM matching m JOIN journal_positions p ON p.entry_id = m.id
      WHERE p.stream = ${workspaceId} AND p.position > ${range.after} AND p.position <= ${range.upTo}`,
  );
  if (row === null || !row.few) return null;
  return row.first ?? range.upTo;
}

/** How far back the newest entries are looked for: bounds what a selective filter costs. */
const NEWEST_WINDOW = 10_000;

/** The last `limit` matching entries at or before `upTo`, oldest first; at most 10,000 positions are searched. */
export async function readNewestOfStream(
  reads: ReadPool,
  workspaceId: string,
  range: { readonly upTo: number; readonly limit: number; readonly filter: JournalFilter },
): Promise<SequencedEntry[]> {
  const after = range.upTo - NEWEST_WINDOW;
  return reads.any<SequencedEntry>([workspaceId], inRange(workspaceId, { ...range, after }, 'last'));
}

/** How far the streams of these workspaces reach; a stream without an entry is missing. One query for all. */
export async function readStreamPositions(
  reads: ReadPool,
  workspaceIds: readonly string[],
): Promise<Map<string, number>> {
  const sorted = [...workspaceIds].sort();
  const rows = await reads.any<StreamPosition>(
    sorted,
    sql`
    SELECT workspace_id AS "workspaceId", last_position AS position FROM journal_streams
    WHERE stream = ANY (${sql.array(sorted, 'text')})`,
  );
  return new Map(rows.map((row) => [row.workspaceId, row.position]));
}
