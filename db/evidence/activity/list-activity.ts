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

/**
 * What agents have to do with each other and with people, across crews, newest first (docs/contracts/missions.md,
 * Activity): escalations from their rows, assignments and peer conversations from the journal. Another workspace's crew
 * has none.
 */
export async function listActivity(
  reads: ReadPool,
  workspaceId: string,
  filter: { readonly crewId: string | null; readonly limit: number },
): Promise<readonly Activity[]> {
  const ofCrew = (column: string) =>
    filter.crewId === null
      ? sql.fragment``
      : sql.fragment`AND ${sql.identifier([column, 'crew_id'])} = ${filter.crewId}`;
  return reads.any<Activity>(
    [workspaceId],
    sql`
      SELECT * FROM (
        (SELECT e.id, 'escalation' AS type, e.crew_id, e.mission_id, e.agent_id, e.from_slug AS "from", NULL AS "to",
          left(e.reason, 500) AS summary, e.status, e.created_at
        FROM escalations e WHERE e.workspace_id = ${workspaceId} ${ofCrew('e')}
        ORDER BY e.created_at DESC, e.id DESC ${sql.limit(filter.limit)})
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
          SELECT * FROM journal_entries j
          WHERE j.workspace_id = ${workspaceId} ${ofCrew('j')} AND j.entry_type IN ('peer.conversation',
            'assignment.created', 'assignment.running', 'assignment.completed', 'assignment.failed')
          ORDER BY j.ts DESC, j.id DESC ${sql.limit(filter.limit)}
        ) j LEFT JOIN agents a ON a.workspace_id = j.workspace_id AND a.id = j.agent_id)
      ) feed ORDER BY created_at DESC, id DESC ${sql.limit(filter.limit)}`,
  );
}
