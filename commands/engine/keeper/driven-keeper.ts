import type { DrivenWorkflow } from '../../../db/kernel/driven-workflow.ts';
import { sql } from '../../../db/kernel/sql.ts';
import { lockKeeperRequest } from '../../../db/vault/keeper/keeper-request-row.ts';

const isLive = sql.fragment`(decision IN ('PENDING', 'ESCALATE') OR execution IN ('due', 'running'))`;

/** The rows that `keeperWorkflow` workflows drive. */
export const drivenKeeper: DrivenWorkflow = {
  readLive: ({ afterId, only, limit, graceMs }) => sql`
    WITH live AS MATERIALIZED (SELECT * FROM keeper_requests WHERE ${isLive})
    SELECT id, workspace_id, generation, false AS running,
      coalesce(CASE WHEN decision = 'PENDING' THEN judge_deadline_at WHEN decision = 'ESCALATE' THEN answer_deadline_at
        ELSE execution_deadline_at END < now() - ${graceMs} * interval '1 millisecond', false) AS overdue
    FROM live WHERE id > ${afterId} AND id = coalesce(${only ?? null}, id) ORDER BY id ${sql.limit(limit)}`,
  readKnown: (ids) => sql`
    SELECT id, workspace_id, generation, coalesce(${isLive}, false) AS live FROM keeper_requests
    WHERE id = ANY(${sql.array([...ids], 'text')})`,
  async lock(tx, id) {
    const row = await lockKeeperRequest(tx, id);
    if (row === null) return null;
    const { decision, execution, generation } = row;
    return {
      generation,
      live: decision === 'PENDING' || decision === 'ESCALATE' || execution === 'due' || execution === 'running',
      crewId: row.crew_id,
      missionId: row.mission_id,
      taskId: row.task_id,
      async raise(to) {
        await tx.execute(sql`
          UPDATE keeper_requests SET generation = ${to}, updated_at = now()
          WHERE id = ${id} AND generation = ${generation}`);
      },
    };
  },
};
