import type { JournalEntry } from '../../../domain/kernel/journal/journal-entry.ts';
import type { JournalCursor, JournalFilter, JournalSearch } from '../../../domain/evidence/journal/journal-filter.ts';
import type { JournalReader } from '../../../domain/evidence/journal/journal-reader.ts';
import { notFound } from '../../../domain/kernel/errors/crewship-error.ts';
import type { ReadPool } from '../../kernel/read-pool.ts';
import { type Fragment, sql } from '../../kernel/sql.ts';

/** Columns of an entry `e`. */
export const entryColumns = sql.fragment`
  e.id, e.workspace_id, e.crew_id, e.agent_id, e.mission_id, e.task_id, e.ts, e.entry_type, e.severity, e.actor_type,
  e.actor_id, e.target_type, e.target_id, e.request_id, e.summary, e.payload, e.refs, e.trace_id, e.span_id`;

/** Joined after the slice is cut, so that only the returned entries are looked up. */
const decorated = (entries: Fragment): Fragment => sql.fragment`
  SELECT e.*, coalesce(an.priority, 'normal') AS priority, an.expires_at, p.position
  FROM (${entries}) e
  LEFT JOIN journal_annotations an ON an.entry_id = e.id
  LEFT JOIN LATERAL (SELECT position FROM journal_positions jp WHERE jp.entry_id = e.id LIMIT 1) p ON true`;

/** One value is an equality: an index that has it first then gives the newest entries in their order. */
function anyOf(column: string, values: readonly string[] | undefined): Fragment[] {
  const [first, second] = values ?? [];
  if (values === undefined || first === undefined) return [];
  const name = sql.identifier(['e', column]);
  if (second === undefined) return [sql.fragment`${name} = ${first}`];
  return [sql.fragment`${name} = ANY (${sql.array([...values], 'text')})`];
}

/** Entries whose priority is one of these. Those that nobody marked are many, and the others are looked up. */
function ofPriority(workspaceId: string, priorities: readonly string[] | undefined): Fragment[] {
  if (priorities === undefined || priorities.length === 0) return [];
  const wanted = sql.array([...priorities], 'text');
  if (!priorities.includes('normal')) {
    return [
      sql.fragment`e.id IN (SELECT a.entry_id FROM journal_annotations a
        WHERE a.workspace_id = ${workspaceId} AND a.priority = ANY (${wanted}))`,
    ];
  }
  return [
    sql.fragment`coalesce((SELECT a.priority FROM journal_annotations a WHERE a.entry_id = e.id), 'normal')
      = ANY (${wanted})`,
  ];
}

/** Who may read an entry `e`; null: everybody who reads the journal. */
export const entryAudience = sql.fragment`
  CASE WHEN e.target_type IN ('project', 'chat') THEN crewship_journal_audience(e.target_type, e.target_id) END`;

/** What an entry `e` must satisfy. */
export function entryConditions(workspaceId: string, filter: JournalFilter): Fragment {
  const all: Fragment[] = [
    sql.fragment`e.workspace_id = ${workspaceId}`,
    ...anyOf('crew_id', filter.crewIds),
    ...anyOf('agent_id', filter.agentIds),
    ...anyOf('mission_id', filter.missionId === undefined ? undefined : [filter.missionId]),
    ...anyOf('trace_id', filter.traceId === undefined ? undefined : [filter.traceId]),
    ...anyOf('entry_type', filter.entryTypes),
    ...anyOf('severity', filter.severities),
    ...anyOf('actor_type', filter.actorTypes),
    ...ofPriority(workspaceId, filter.priorities),
  ];
  // What the index of severities says of itself.
  const isNotable = filter.severities !== undefined && !filter.severities.includes('info');
  if (isNotable && filter.severities.length > 0) all.push(sql.fragment`e.severity <> 'info'`);
  if (filter.excludeEntryTypes !== undefined && filter.excludeEntryTypes.length > 0) {
    all.push(sql.fragment`e.entry_type <> ALL (${sql.array([...filter.excludeEntryTypes], 'text')})`);
  }
  if (filter.reader != null) all.push(sql.fragment`coalesce(${filter.reader} = ANY (${entryAudience}), true)`);
  if (filter.since !== undefined) all.push(sql.fragment`e.ts >= ${filter.since}::timestamptz`);
  if (filter.until !== undefined) all.push(sql.fragment`e.ts < ${filter.until}::timestamptz`);
  return sql.fragment`${sql.join(all, sql.fragment` AND `)}`;
}

/**
 * Ids and times of the entries that hold a phrase and pass the filter. An SQL function looks for them, as row-level
 * security keeps full text from its index; its filters are those of {@link entryConditions}.
 */
function found(workspaceId: string, filter: JournalFilter, phrase: string, page: JournalPage): Fragment {
  const list = (values: readonly string[] | undefined): Fragment =>
    values === undefined || values.length === 0
      ? sql.fragment`NULL::text[]`
      : sql.fragment`${sql.array([...values], 'text')}`;
  return sql.fragment`crewship_search_journal(
    ${workspaceId}, ${phrase}, ${list(filter.crewIds)}, ${list(filter.agentIds)}, ${filter.missionId ?? null},
    ${filter.traceId ?? null}, ${list(filter.entryTypes)}, ${list(filter.excludeEntryTypes)},
    ${list(filter.severities)}, ${list(filter.actorTypes)}, ${list(filter.priorities)},
    ${filter.since ?? null}::timestamptz, ${filter.until ?? null}::timestamptz, ${page.cursor?.ts ?? null}::timestamptz,
    ${page.cursor?.id ?? null}, ${page.limit}::integer, ${filter.reader ?? null})`;
}

interface JournalPage {
  /** Null: all. */
  readonly limit: number | null;
  readonly cursor: JournalCursor | null;
}

/** Entries newest first, strictly before `cursor`. */
export async function listJournal(
  reads: ReadPool,
  workspaceId: string,
  search: JournalSearch,
  page: JournalPage,
): Promise<JournalEntry[]> {
  const before =
    page.cursor === null
      ? sql.fragment``
      : sql.fragment`AND (e.ts, e.id) < (${page.cursor.ts}::timestamptz, ${page.cursor.id})`;
  const entries =
    search.phrase === undefined
      ? sql.fragment`
        SELECT ${entryColumns} FROM journal_entries e WHERE ${entryConditions(workspaceId, search)} ${before}
        ORDER BY e.ts DESC, e.id DESC ${sql.limit(page.limit)}`
      : sql.fragment`
        SELECT ${entryColumns} FROM ${found(workspaceId, search, search.phrase, page)} f
        JOIN journal_entries e ON e.id = f.entry_id AND e.ts = f.entry_ts AND e.workspace_id = ${workspaceId}`;
  return reads.any<JournalEntry>([workspaceId], sql`${decorated(entries)} ORDER BY e.ts DESC, e.id DESC`);
}

/** One entry, where this reader may read it. */
export async function getJournalEntry(
  reads: ReadPool,
  workspaceId: string,
  reader: JournalReader,
  id: string,
): Promise<JournalEntry> {
  const conditions = entryConditions(workspaceId, { reader });
  const entry = await reads.maybeOne<JournalEntry>(
    [workspaceId],
    sql`${decorated(sql.fragment`SELECT ${entryColumns} FROM journal_entries e WHERE e.id = ${id} AND ${conditions}`)}`,
  );
  if (entry === null) throw notFound('journal entry');
  return entry;
}

/** How many entries match. Counts them: as slow as they are many. */
export async function countJournal(reads: ReadPool, workspaceId: string, search: JournalSearch): Promise<number> {
  const matching =
    search.phrase === undefined
      ? sql.fragment`journal_entries e WHERE ${entryConditions(workspaceId, search)}`
      : found(workspaceId, search, search.phrase, { limit: null, cursor: null });
  const row = await reads.maybeOne<{ total: number }>([workspaceId], sql`SELECT count(*) AS total FROM ${matching}`);
  return row?.total ?? 0;
}
