import type { Actor } from '../../../domain/kernel/access/authority.ts';
import { sql } from '../../../db/kernel/sql.ts';
import type { Tx } from '../../../db/kernel/transaction.ts';

/**
 * A locked job's workflow is not there. Its status stays: what it has done is in its rows, and the workflow that is
 * started next goes on from there, as another attempt. Until that is heard of its health is `lost`.
 */
export async function markJobLost(tx: Tx, id: string, actor: Actor): Promise<void> {
  await tx.execute(sql`
    WITH lost AS (
      UPDATE jobs SET lost_at = clock_timestamp(), updated_at = now(), event_seq = event_seq + 1,
        attempt = attempt + CASE WHEN status = 'queued' THEN 0 ELSE 1 END
      WHERE id = ${id} RETURNING workspace_id, id, event_seq, status, attempt
    )
    INSERT INTO job_events (workspace_id, job_id, seq, type, actor_type, actor_id, data)
    SELECT workspace_id, id, event_seq, 'lost', ${actor.type}, ${actor.id},
      jsonb_build_object('status', status, 'attempt', attempt)
    FROM lost`);
}
