import type {
  KeeperDecision,
  KeeperExecution,
  KeeperRequestType,
} from '../../../domain/vault/keeper/keeper-request.ts';
import type { ReadPool } from '../../kernel/read-pool.ts';
import { sql } from '../../kernel/sql.ts';

/** What an agent that waits for the keeper needs to know of its request. */
export interface WaitedKeeperRequest {
  readonly id: string;
  readonly workspace_id: string;
  readonly crew_id: string;
  readonly decision: KeeperDecision;
  readonly reason: string | null;
  readonly risk_score: number | null;
  readonly execution: KeeperExecution | null;
  readonly execution_error: string | null;
  readonly output: string | null;
  readonly exit_code: number | null;
  /** Until what it waits for is given up, by the database's clock. */
  readonly left_ms: number;
}

/** Reads the requests that agents wait on, across workspaces, in one query. */
export function readWaitedKeeperRequests(
  reads: ReadPool,
  workspaceIds: readonly string[],
  ids: readonly string[],
): Promise<WaitedKeeperRequest[]> {
  return reads.any<WaitedKeeperRequest>(
    workspaceIds,
    sql`
      SELECT id, workspace_id, crew_id, decision, reason, risk_score, execution, execution_error, output, exit_code,
        ceil(extract(epoch FROM coalesce(execution_deadline_at, judge_deadline_at) - clock_timestamp()) * 1000)::bigint
          AS left_ms
      FROM keeper_requests WHERE id = ANY (${sql.array([...ids], 'text')})`,
  );
}

/** A request as its crew sees it. */
export interface CrewKeeperRequest {
  readonly id: string;
  readonly requesting_agent_id: string;
  readonly requesting_crew_id: string;
  readonly credential_id: string;
  readonly request_type: KeeperRequestType;
  readonly intent: string;
  readonly decision: KeeperDecision;
  readonly reason: string | null;
  readonly risk_score: number | null;
  readonly execution: KeeperExecution | null;
  readonly output: string | null;
  readonly exit_code: number | null;
  readonly created_at: string;
  readonly decided_at: string | null;
}

/** One of a crew's own requests; null for any other. */
export function getCrewKeeperRequest(
  reads: ReadPool,
  workspaceId: string,
  ref: { readonly crewId: string; readonly id: string },
): Promise<CrewKeeperRequest | null> {
  return reads.maybeOne<CrewKeeperRequest>(
    [workspaceId],
    sql`
      SELECT id, agent_id AS requesting_agent_id, crew_id AS requesting_crew_id, credential_id, request_type, intent,
        decision, reason, risk_score, execution, output, exit_code, created_at, decided_at
      FROM keeper_requests WHERE id = ${ref.id} AND crew_id = ${ref.crewId}`,
  );
}
