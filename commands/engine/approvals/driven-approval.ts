import type { DrivenWorkflow } from '../../../db/kernel/driven-workflow.ts';
import { sql } from '../../../db/kernel/sql.ts';
import { lockApproval } from './end-approval.ts';

/** The rows that `approvalWorkflow` workflows drive: those with a deadline. */
export const drivenApproval: DrivenWorkflow = {
  readLive: ({ afterId, only, limit, graceMs }) => sql`
    WITH live AS MATERIALIZED (SELECT * FROM approvals WHERE status = 'pending' AND deadline_at IS NOT NULL)
    SELECT id, workspace_id, generation, false AS running,
      deadline_at < now() - ${graceMs} * interval '1 millisecond' AS overdue
    FROM live WHERE id > ${afterId} AND id = coalesce(${only ?? null}, id) ORDER BY id ${sql.limit(limit)}`,
  readKnown: (ids) => sql`
    SELECT id, workspace_id, generation, status = 'pending' AND deadline_at IS NOT NULL AS live FROM approvals
    WHERE id = ANY(${sql.array([...ids], 'text')})`,
  async lock(tx, id) {
    const locked = await lockApproval(tx, id);
    if (locked === null) return null;
    const { approval } = locked;
    return {
      generation: approval.generation,
      live: approval.status === 'pending' && approval.deadline_at !== null,
      crewId: approval.crew_id,
      missionId: approval.mission_id,
      taskId: null,
      async raise(generation) {
        await tx.execute(sql`
          UPDATE approvals SET generation = ${generation}, updated_at = now()
          WHERE id = ${approval.id} AND generation = ${approval.generation}`);
      },
    };
  },
};
