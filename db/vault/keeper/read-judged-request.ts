import type { JudgedRequest } from '../../../domain/vault/keeper/judge-prompt.ts';
import type { ReadPool } from '../../kernel/read-pool.ts';
import { sql } from '../../kernel/sql.ts';

/** What a judge is asked with, and whose the call is. */
export type RequestToJudge = JudgedRequest & {
  readonly crewId: string;
  readonly agentId: string;
  readonly missionId: string | null;
  readonly runId: string | null;
  /** Until its time is over, by the database's clock. */
  readonly leftMs: number;
};

const MESSAGES = 10;
/** Of each piece of output; what a judge is shown of it is less. */
const MAX_PIECE_LENGTH = 2_000;

/** A request that waits for its judge, or null. What a run put out is scrubbed where it is stored. */
export function readRequestToJudge(
  reads: ReadPool,
  workspaceId: string,
  ref: { readonly id: string; readonly generation: number },
): Promise<RequestToJudge | null> {
  return reads.maybeOne<RequestToJudge>(
    [workspaceId],
    sql`
      SELECT q.request_type AS type, q.intent, q.command, q.security_level AS level, q.crew_id AS "crewId",
        q.agent_id AS "agentId", q.mission_id AS "missionId", q.run_id AS "runId", a.name AS "agentName",
        w.name AS "crewName", c.name AS "credentialName", c.type AS "credentialType", c.provider,
        m.title AS "missionTitle",
        (SELECT t.title FROM tasks t WHERE t.id = q.task_id AND t.crew_id = q.crew_id) AS "taskTitle",
        ARRAY (
          SELECT left(e.content, ${MAX_PIECE_LENGTH}) FROM (
            SELECT content, output_offset FROM run_events WHERE run_id = q.run_id
            ORDER BY output_offset DESC LIMIT ${MESSAGES}
          ) e ORDER BY e.output_offset) AS history,
        ceil(extract(epoch FROM q.judge_deadline_at - clock_timestamp()) * 1000)::bigint AS "leftMs"
      FROM keeper_requests q JOIN agents a ON a.id = q.agent_id JOIN crews w ON w.id = q.crew_id
      JOIN credentials c ON c.id = q.credential_id LEFT JOIN missions m ON m.id = q.mission_id
      WHERE q.id = ${ref.id} AND q.decision = 'PENDING' AND q.generation = ${ref.generation}`,
  );
}
