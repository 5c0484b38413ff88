import type { PipelinePolicy } from '../../../domain/work/pipeline/pipeline-policy.ts';
import type { ReadPool } from '../../kernel/read-pool.ts';
import { sql } from '../../kernel/sql.ts';

/** An answer of an agent that is checked, and what has come of that so far. */
export interface CheckedAnswer {
  readonly message_id: string;
  readonly content: string;
  readonly chat_id: string;
  readonly owner_user_id: string | null;
  readonly agent_id: string | null;
  readonly agent_name: string | null;
  readonly policy: PipelinePolicy;
  readonly result: {
    readonly log_id: string | null;
    readonly passed: boolean | null;
    readonly review_item_id: string | null;
  } | null;
}

/** What a job checks, by the policy that the attempt began with; null where the answer is gone. */
export function readCheckedAnswer(reads: ReadPool, workspaceId: string, jobId: string): Promise<CheckedAnswer | null> {
  return reads.maybeOne<CheckedAnswer>(
    [workspaceId],
    sql`
      SELECT m.id AS message_id, m.content, m.chat_id, h.owner_user_id, m.agent_id, a.name AS agent_name,
        v.body AS policy, j.result
      FROM jobs j
      JOIN runs r ON r.id = j.input ->> 'run_id'
      JOIN chat_messages m ON m.id = j.input ->> 'message_id'
      JOIN chats h ON h.id = m.chat_id AND h.deleted_at IS NULL
      JOIN config_document_versions v ON v.workspace_id = j.workspace_id AND v.kind = 'pipeline-policy' AND v.key = ''
        AND v.version = (r.config_versions #>> '{pipeline-policy,version}')::integer
      LEFT JOIN agents a ON a.id = m.agent_id
      WHERE j.id = ${jobId} AND j.workspace_id = ${workspaceId}`,
  );
}
