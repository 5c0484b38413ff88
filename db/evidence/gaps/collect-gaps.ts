import type { SeenGap } from '../../../domain/evidence/gaps/gap.ts';
import type { ReadPool } from '../../kernel/read-pool.ts';
import { type Fragment, sql } from '../../kernel/sql.ts';

/** Most gaps of a report, those seen most often. */
const MOST_GAPS = 200;
const MOST_EVIDENCE = 20;
/** What a shell answers for a command that it does not find. */
const NOT_FOUND = '127';

export interface GapWindow {
  readonly workspaceId: string;
  readonly from: string;
  readonly to: string;
  readonly agentId: string | null;
  readonly minEvidence: number;
}

/** What rows of a time show, each as what, whose, about what, when. */
function seen({ workspaceId, from, to }: GapWindow): Fragment {
  const during = (column: string): Fragment => {
    const name = sql.identifier(column.split('.'));
    return sql.fragment`${name} >= ${from}::timestamptz AND ${name} < ${to}::timestamptz`;
  };
  const entries = (type: string): Fragment => sql.fragment`
    FROM journal_entries e WHERE e.workspace_id = ${workspaceId} AND e.entry_type = ${type} AND ${during('e.ts')}`;
  return sql.fragment`
    SELECT 'repeated_failure' AS category, r.agent_id, coalesce(r.error_code, 'unknown') AS subject, 'run' AS type,
      r.id, r.finished_at AS at
    FROM runs r WHERE r.workspace_id = ${workspaceId} AND r.status IN ('FAILED', 'TIMEOUT')
      AND ${during('r.finished_at')}
    UNION ALL
    SELECT 'missing_permission', e.agent_id, coalesce(e.payload->>'host', 'a host'), 'journal_entry', e.id, e.ts
    ${entries('network.egress')} AND e.payload->>'decision' = 'denied'
    UNION ALL
    SELECT 'missing_permission', e.agent_id, 'a credential', 'journal_entry', e.id, e.ts
    ${entries('keeper.decision')} AND e.payload->>'decision' = 'DENY'
    UNION ALL
    SELECT 'missing_tool', e.agent_id, coalesce(e.payload->>'tool', 'a tool'), 'journal_entry', e.id, e.ts
    ${entries('exec.command')} AND e.payload->>'exit_code' = ${NOT_FOUND}
      AND e.auth_method IS DISTINCT FROM 'internal'
    UNION ALL
    SELECT 'unanswered', s.agent_id, '', 'escalation', s.id, s.answer_deadline_at
    FROM escalations s WHERE s.workspace_id = ${workspaceId} AND s.status = 'EXPIRED'
      AND ${during('s.answer_deadline_at')}
    UNION ALL
    SELECT 'low_quality', v.agent_id, '', 'validation_log', v.id, v.created_at
    FROM validation_logs v WHERE v.workspace_id = ${workspaceId} AND NOT v.passed AND v.agent_id IS NOT NULL
      AND ${during('v.created_at')}`;
}

/** The gaps that rows of a time show, those seen most often first. */
export function collectGaps(reads: ReadPool, window: GapWindow): Promise<readonly SeenGap[]> {
  const ofAgent = window.agentId === null ? sql.fragment`` : sql.fragment`WHERE seen.agent_id = ${window.agentId}`;
  return reads.any<SeenGap>(
    [window.workspaceId],
    sql`
      SELECT category, agent_id, left(subject, 200) AS subject, count(*) AS occurrences,
        to_jsonb((array_agg(jsonb_build_object('type', type, 'id', id) ORDER BY at DESC, id))[1:${MOST_EVIDENCE}])
          AS evidence,
        min(at) AS first_seen_at, max(at) AS last_seen_at
      FROM (${seen(window)}) seen ${ofAgent}
      GROUP BY category, agent_id, left(subject, 200) HAVING count(*) >= ${window.minEvidence}
      ORDER BY count(*) DESC, category, agent_id, subject ${sql.limit(MOST_GAPS)}`,
  );
}
