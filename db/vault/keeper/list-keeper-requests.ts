import type { KeeperDecision, KeeperRequestType } from '../../../domain/vault/keeper/keeper-request.ts';
import { KEEPER_HEALTH_WINDOW, type RecentDecisions } from '../../../domain/vault/keeper/keeper-health.ts';
import type { ReadPool } from '../../kernel/read-pool.ts';
import { newestFirst, nextCursor, type Page, type PageRequest, slice } from '../../kernel/page.ts';
import { type Fragment, sql } from '../../kernel/sql.ts';

const ORDER = newestFirst('q');

/** A request as those who run a workspace read it. */
export interface ListedKeeperRequest {
  readonly id: string;
  readonly agent_id: string;
  readonly agent_name: string;
  readonly crew_id: string;
  readonly run_id: string | null;
  readonly credential_id: string;
  readonly credential_name: string;
  readonly security_level: number;
  readonly intent: string;
  readonly request_type: KeeperRequestType;
  readonly command: string | null;
  readonly decision: KeeperDecision;
  readonly reason: string | null;
  readonly risk_score: number | null;
  readonly exit_code: number | null;
  readonly ollama_prompt: string | null;
  readonly ollama_raw_response: string | null;
  readonly created_at: string;
  readonly decided_at: string | null;
  readonly decided_by: string | null;
  readonly judge_profile: string | null;
}

/** The keeper's log of a workspace, newest first. It grows without bound, so it is counted apart. */
export async function listKeeperRequests(
  reads: ReadPool,
  workspaceId: string,
  page: PageRequest,
): Promise<Page<ListedKeeperRequest>> {
  const [rows, counted] = await Promise.all([
    reads.any<ListedKeeperRequest>(
      [workspaceId],
      sql`
        SELECT q.id, q.agent_id, a.name AS agent_name, q.crew_id, q.run_id, q.credential_id, q.credential_name,
          q.security_level, q.intent, q.request_type, q.command, q.decision, q.reason, q.risk_score, q.exit_code,
          q.judge_prompt AS ollama_prompt, q.judge_reply AS ollama_raw_response, q.created_at, q.decided_at,
          q.decided_by, q.judge_profile, ${ORDER.key}
        FROM keeper_requests q JOIN agents a ON a.id = q.agent_id
        WHERE q.workspace_id = ${workspaceId} ${ORDER.after(page)} ORDER BY ${ORDER.by} ${slice(page)}`,
    ),
    reads.maybeOne<{ total: number }>(
      [workspaceId],
      sql`SELECT count(*) AS total FROM keeper_requests WHERE workspace_id = ${workspaceId}`,
    ),
  ]);
  return { rows, total: counted?.total ?? 0, next: nextCursor(rows, page) };
}

export interface KeeperRequestEvent {
  readonly seq: number;
  readonly state: string;
  readonly actor_type: string;
  readonly actor_id: string | null;
  readonly reason: string | null;
  readonly risk_score: number | null;
  readonly created_at: string;
}

/** The steps of a request, in their order; null where there is no such request. A request has a handful of them. */
export async function listKeeperRequestEvents(
  reads: ReadPool,
  workspaceId: string,
  id: string,
): Promise<readonly KeeperRequestEvent[] | null> {
  const rows = await reads.any<KeeperRequestEvent>(
    [workspaceId],
    sql`
      SELECT seq, state, actor_type, actor_id, reason, risk_score, created_at FROM keeper_request_events
      WHERE workspace_id = ${workspaceId} AND request_id = ${id} ORDER BY seq LIMIT 100`,
  );
  return rows.length === 0 ? null : rows;
}

/** What a workspace's keeper did, and how its last decisions went. */
export interface KeeperFigures extends RecentDecisions {
  readonly total_requests: number;
  readonly allow_count: number;
  readonly deny_count: number;
  readonly escalate_count: number;
  readonly secret_count: number;
}

/** How the last decisions of this workspace went. */
export function recentDecisions(workspaceId: string | Fragment): Fragment {
  return sql.fragment`(
    SELECT count(*) AS recent, count(*) FILTER (WHERE decision IN ('ALLOW', 'ESCALATE')) AS recent_progressed,
      count(*) FILTER (WHERE judge_profile IS NOT NULL AND judge_reply IS NULL) AS recent_failed
    FROM (
      SELECT decision, judge_profile, judge_reply FROM keeper_requests
      WHERE workspace_id = ${workspaceId} AND decision IN ('ALLOW', 'DENY', 'ESCALATE')
      ORDER BY created_at DESC, id DESC ${sql.limit(KEEPER_HEALTH_WINDOW)}
    ) newest)`;
}

export async function readKeeperFigures(reads: ReadPool, workspaceId: string): Promise<KeeperFigures> {
  const row = await reads.maybeOne<KeeperFigures>(
    [workspaceId],
    sql`
      SELECT q.*, r.*, (
        SELECT count(*) FROM credentials c
        WHERE c.workspace_id = ${workspaceId} AND c.type = 'SECRET' AND c.deleted_at IS NULL) AS secret_count
      FROM (
        SELECT count(*) AS total_requests, count(*) FILTER (WHERE decision = 'ALLOW') AS allow_count,
          count(*) FILTER (WHERE decision = 'DENY') AS deny_count,
          count(*) FILTER (WHERE decision = 'ESCALATE') AS escalate_count
        FROM keeper_requests WHERE workspace_id = ${workspaceId}
      ) q, ${recentDecisions(workspaceId)} r`,
  );
  return row!;
}
