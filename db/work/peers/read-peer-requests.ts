import { notFound } from '../../../domain/kernel/errors/crewship-error.ts';
import { type PeerRequestStatus, peerRequestStatus } from '../../../domain/work/peers/peer-request.ts';
import type { StandupItem } from '../../../domain/work/peers/standup.ts';
import type { RunStatus } from '../../../domain/work/runs/run-status.ts';
import type { ReadPool } from '../../kernel/read-pool.ts';
import { sql } from '../../kernel/sql.ts';

/** An assignment as its crew reads it (docs/contracts/internal-ipc.md, Assignments and queries). */
export interface Assignment {
  readonly id: string;
  readonly workspace_id: string;
  readonly chat_id: string;
  readonly assigned_by_id: string | null;
  readonly assigned_to_id: string;
  readonly task: string;
  readonly status: PeerRequestStatus;
  readonly started_at: string | null;
  readonly finished_at: string | null;
  readonly result_summary: string | null;
  readonly error_message: string | null;
  readonly created_at: string;
}

/** An assignment that the crew gave, or was given. Throws `not_found`. */
export async function getAssignment(
  reads: ReadPool,
  workspaceId: string,
  ref: { readonly crewId: string; readonly assignmentId: string },
): Promise<Assignment> {
  const row = await reads.maybeOne<Omit<Assignment, 'status'> & { readonly run_status: RunStatus }>(
    [workspaceId],
    sql`
      SELECT q.id, q.workspace_id, q.chat_id, q.from_agent_id AS assigned_by_id, q.to_agent_id AS assigned_to_id,
        q.content AS task, r.status AS run_status, r.started_at, r.finished_at, q.result AS result_summary,
        q.error_message, q.created_at
      FROM peer_requests q JOIN runs r ON r.id = q.run_id
      WHERE q.id = ${ref.assignmentId} AND q.kind = 'assignment'
        AND (q.crew_id = ${ref.crewId} OR q.to_crew_id = ${ref.crewId})`,
  );
  if (row === null) throw notFound('assignment');
  const { run_status: runStatus, ...assignment } = row;
  return { ...assignment, status: peerRequestStatus(runStatus) };
}

/** What a client that waits for an answer needs to know. */
export interface WaitedQuery {
  readonly id: string;
  readonly workspace_id: string;
  readonly run_id: string;
  readonly run_status: RunStatus;
  readonly result: string | null;
  readonly error_message: string | null;
}

/** Reads the queries that clients wait on, across workspaces, in one query. */
export async function readWaitedQueries(
  reads: ReadPool,
  workspaceIds: readonly string[],
  ids: readonly string[],
): Promise<readonly WaitedQuery[]> {
  return reads.any<WaitedQuery>(
    workspaceIds,
    sql`
      SELECT q.id, q.workspace_id, q.run_id, r.status AS run_status, q.result, q.error_message
      FROM peer_requests q JOIN runs r ON r.id = q.run_id WHERE q.id = ANY (${sql.array([...ids], 'text')})`,
  );
}

/** What a crew's agents gave each other to do, asked each other and were sent on since then. */
export function readStandup(
  reads: ReadPool,
  workspaceId: string,
  of: { readonly crewId: string; readonly since: string },
): Promise<readonly StandupItem[]> {
  return reads.any<StandupItem>(
    [workspaceId],
    sql`
      SELECT kind, who, what, state, answer FROM (
        SELECT q.kind, coalesce(f.name, 'the crew') || ' to ' || t.name AS who, q.content AS what,
          lower(r.status) AS state, coalesce(q.result, q.error_message) AS answer, q.created_at AS at
        FROM peer_requests q JOIN runs r ON r.id = q.run_id JOIN agents t ON t.id = q.to_agent_id
          LEFT JOIN agents f ON f.id = q.from_agent_id
        WHERE q.crew_id = ${of.crewId} AND q.created_at > ${of.since}::timestamptz
        UNION ALL
        SELECT 'mission', l.name, m.title, lower(m.status), m.failure_reason, m.updated_at
        FROM missions m JOIN agents l ON l.id = m.lead_agent_id
        WHERE m.crew_id = ${of.crewId} AND m.updated_at > ${of.since}::timestamptz
      ) work ORDER BY at DESC LIMIT 100`,
  );
}
