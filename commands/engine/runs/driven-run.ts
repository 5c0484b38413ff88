import type { DrivenWorkflow } from '../../../db/kernel/driven-workflow.ts';
import { sql } from '../../../db/kernel/sql.ts';
import { runDeadline } from '../../../db/work/runs/run-clock.ts';
import { isTerminalRun } from '../../../domain/work/runs/run-status.ts';
import { lockRun } from './settle-run.ts';

/** The rows that `runWorkflow` workflows drive. */
export const drivenRun: DrivenWorkflow = {
  readLive: ({ afterId, only, limit, graceMs }) => sql`
    WITH live AS MATERIALIZED (SELECT * FROM runs WHERE status IN ('ADMITTED', 'RUNNING') AND NOT reported)
    SELECT r.id, r.workspace_id, 0 AS generation, r.status = 'RUNNING' AS running,
      (CASE r.status WHEN 'RUNNING' THEN ${runDeadline} < now() - ${graceMs} * interval '1 millisecond'
        ELSE c.container_status <> 'starting' AND r.admitted_at < now() - ${graceMs} * interval '1 millisecond' END
      ) IS TRUE AS overdue
    FROM live r LEFT JOIN crews c ON c.id = r.crew_id WHERE r.id > ${afterId} AND r.id = coalesce(${only ?? null}, r.id)
      ORDER BY r.id ${sql.limit(limit)}`,
  readKnown: (ids) => sql`
    SELECT id, workspace_id, 0 AS generation, status IN ('QUEUED', 'ADMITTED', 'RUNNING') AS live FROM runs
    WHERE id = ANY(${sql.array([...ids], 'text')})`,
  async lock(tx, id) {
    const locked = await lockRun(tx, id);
    if (locked === null) return null;
    const { run } = locked;
    return {
      generation: 0,
      live: !isTerminalRun(run.status) && run.status !== 'QUEUED',
      crewId: run.crew_id,
      missionId: run.mission_id,
      taskId: run.task_id,
      raise: null,
    };
  },
};
