import type { DrivenWorkflow } from '../../../db/kernel/driven-workflow.ts';
import { sql } from '../../../db/kernel/sql.ts';
import { lockEscalation } from '../../../db/people/escalations/escalation-row.ts';

/** The rows that `escalationWorkflow` workflows drive. */
export const drivenEscalation: DrivenWorkflow = {
  readLive: ({ afterId, only, limit, graceMs }) => sql`
    WITH live AS MATERIALIZED (SELECT * FROM escalations WHERE status = 'PENDING')
    SELECT id, workspace_id, generation, false AS running,
      answer_deadline_at < now() - ${graceMs} * interval '1 millisecond' AS overdue
    FROM live WHERE id > ${afterId} AND id = coalesce(${only ?? null}, id) ORDER BY id ${sql.limit(limit)}`,
  readKnown: (ids) => sql`
    SELECT id, workspace_id, generation, status = 'PENDING' AS live FROM escalations
    WHERE id = ANY(${sql.array([...ids], 'text')})`,
  async lock(tx, id) {
    const locked = await lockEscalation(tx, id);
    if (locked === null) return null;
    const { escalation } = locked;
    return {
      generation: escalation.generation,
      live: escalation.status === 'PENDING',
      crewId: escalation.crew_id,
      missionId: escalation.mission_id,
      taskId: escalation.task_id,
      async raise(generation) {
        await tx.execute(sql`
          UPDATE escalations SET generation = ${generation}, updated_at = now()
          WHERE id = ${escalation.id} AND generation = ${escalation.generation}`);
      },
    };
  },
};
