import type { JournalCursor, JournalEntry, JournalFilter } from '../../domain/journal/journal-filter.ts';
import { notFound } from '../../domain/errors/crewship-error.ts';
import type { ReadPool } from '../kernel/read-pool.ts';
import { type Fragment, sql } from '../kernel/sql.ts';

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

function anyOf(column: string, values: readonly string[] | undefined): Fragment[] {
  if (values === undefined || values.length === 0) return [];
  return [sql.fragment`${sql.identifier(['e', column])} = ANY (${sql.array([...values], 'text')})`];
}

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
  ];
  if (filter.excludeEntryTypes !== undefined && filter.excludeEntryTypes.length > 0) {
    all.push(sql.fragment`e.entry_type <> ALL (${sql.array([...filter.excludeEntryTypes], 'text')})`);
  }
  if (filter.priorities !== undefined && filter.priorities.length > 0) {
    all.push(sql.fragment`coalesce((SELECT a.priority FROM journal_annotations a WHERE a.entry_id = e.id), 'normal')
      = ANY (${sql.array([...filter.priorities], 'text')})`);
  }
  if (filter.since !== undefined) all.push(sql.fragment`e.ts >= ${filter.since}::timestamptz`);
  if (filter.until !== undefined) all.push(sql.fragment`e.ts < ${filter.until}::timestamptz`);
  return sql.fragment`${sql.join(all, sql.fragment` AND `)}`;
}

/** Entries newest first, strictly before `cursor`. */
export async function listJournal(
  reads: ReadPool,
  workspaceId: string,
  filter: JournalFilter,
  page: { readonly limit: number; readonly cursor: JournalCursor | null },
): Promise<JournalEntry[]> {
  const before =
    page.cursor === null
      ? sql.fragment``
      : sql.fragment`AND (e.ts, e.id) < (${page.cursor.ts}::timestamptz, ${page.cursor.id})`;
  const entries = sql.fragment`
    SELECT ${entryColumns} FROM journal_entries e WHERE ${entryConditions(workspaceId, filter)} ${before}
    ORDER BY e.ts DESC, e.id DESC LIMIT ${page.limit}`;
  return reads.any<JournalEntry>([workspaceId], sql`${decorated(entries)} ORDER BY e.ts DESC, e.id DESC`);
}

/** One entry. */
export async function getJournalEntry(reads: ReadPool, workspaceId: string, id: string): Promise<JournalEntry> {
  const entry = await reads.maybeOne<JournalEntry>(
    [workspaceId],
    sql`${decorated(sql.fragment`
      SELECT ${entryColumns} FROM journal_entries e WHERE e.id = ${id} AND e.workspace_id = ${workspaceId}`)}`,
  );
  if (entry === null) throw notFound('journal entry');
  return entry;
}

/** How many entries match. Counts them: as slow as they are many. */
export async function countJournal(reads: ReadPool, workspaceId: string, filter: JournalFilter): Promise<number> {
  const row = await reads.maybeOne<{ total: number }>(
    [workspaceId],
    sql`SELECT count(*) AS total FROM journal_entries e WHERE ${entryConditions(workspaceId, filter)}`,
  );
  return row?.total ?? 0;
}
