import {
  descending,
  listOrder,
  newestFirst,
  nextCursor,
  type Page,
  type PageRequest,
  slice,
} from '../../kernel/page.ts';
import type { ReadPool } from '../../kernel/read-pool.ts';
import { sql } from '../../kernel/sql.ts';

export const ACTIVITY_TYPES = ['assignment', 'peer_conversation', 'escalation'] as const;

export interface Activity {
  readonly id: string;
  readonly type: (typeof ACTIVITY_TYPES)[number];
  readonly crew_id: string | null;
  readonly mission_id: string | null;
  readonly agent_id: string | null;
  /** Slugs of who speaks and of who is spoken to; an escalation is to people. */
  readonly from: string | null;
  readonly to: string | null;
  readonly summary: string;
  readonly status: string | null;
  readonly created_at: string;
}

const FEED = newestFirst('feed');
/** The same order in each of the two that it is made of. */
const ESCALATIONS = newestFirst('e');
const ENTRIES = listOrder(descending('time', sql.fragment`j.ts`), descending('text', sql.fragment`j.id`));

/**
 * What agents have to do with each other and with people, across crews, newest first (docs/contracts/missions.md,
 * Activity): escalations from their rows, assignments and peer conversations from the journal. Another workspace's crew
 * has none.
 */
export async function listActivity(
  reads: ReadPool,
  workspaceId: string,
  filter: { readonly crewId: string | null },
  page: PageRequest,
): Promise<Page<Activity>> {
  const ofCrew = (column: string) =>
    filter.crewId === null
      ? sql.fragment``
      : sql.fragment`AND ${sql.identifier([column, 'crew_id'])} = ${filter.crewId}`;
  const escalations = sql.fragment`e.workspace_id = ${workspaceId} ${ofCrew('e')}`;
  const entries = sql.fragment`j.workspace_id = ${workspaceId} ${ofCrew('j')} AND j.entry_type IN (
    'peer.conversation', 'assignment.created', 'assignment.running', 'assignment.completed', 'assignment.failed')`;
  const most = sql.limit(page.limit + page.offset);
  const [rows, counted] = await Promise.all([
    reads.any<Activity>(
      [workspaceId],
      sql`
      SELECT feed.*, ${FEED.key} FROM (
        (SELECT e.id, 'escalation' AS type, e.crew_id, e.mission_id, e.agent_id, e.from_slug AS "from", NULL AS "to",
          left(e.reason, 500) AS summary, e.status, e.created_at
        FROM escalations e WHERE ${escalations} ${ESCALATIONS.after(page)} ORDER BY ${ESCALATIONS.by} ${most})
        UNION ALL
        (SELECT j.id, CASE WHEN j.entry_type = 'peer.conversation' THEN 'peer_conversation'
            ELSE 'assignment' END AS type,
          j.crew_id, j.mission_id, j.agent_id,
          coalesce(j.payload->>'from_slug', j.payload->>'from', a.slug) AS "from",
          coalesce(j.payload->>'target_slug', j.payload->>'to') AS "to", left(j.summary, 500) AS summary,
          coalesce(j.payload->>'status', CASE WHEN j.entry_type LIKE 'assignment.%'
            THEN upper(substr(j.entry_type, length('assignment.') + 1)) END) AS status,
          j.ts AS created_at
        FROM (
          SELECT * FROM journal_entries j WHERE ${entries} ${ENTRIES.after(page)} ORDER BY ${ENTRIES.by} ${most}
        ) j LEFT JOIN agents a ON a.workspace_id = j.workspace_id AND a.id = j.agent_id)
      ) feed ORDER BY ${FEED.by} ${slice(page)}`,
    ),
    reads.maybeOne<{ total: number }>(
      [workspaceId],
      sql`
      SELECT (SELECT count(*) FROM escalations e WHERE ${escalations})
        + (SELECT count(*) FROM journal_entries j WHERE ${entries}) AS total`,
    ),
  ]);
  return { rows, total: counted?.total ?? 0, next: nextCursor(rows, page) };
}
