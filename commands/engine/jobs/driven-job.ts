import { systemActor } from '../../../domain/kernel/access/authority.ts';
import { isJobOver, STALLED_AFTER_MS } from '../../../domain/work/jobs/job-status.ts';
import type { DrivenWorkflow } from '../../../db/kernel/driven-workflow.ts';
import { sql } from '../../../db/kernel/sql.ts';
import { lockJob } from '../../../db/work/jobs/job-row.ts';
import { markJobLost } from './mark-job-lost.ts';

/** The rows that `jobWorkflow` workflows drive. */
export const drivenJob: DrivenWorkflow = {
  // Past its deadline, or past the moment from which it may run; or silent, while somebody should be at work on it.
  readLive: ({ afterId, only, limit, graceMs }) => sql`
    WITH live AS MATERIALIZED (
      SELECT * FROM jobs
      WHERE driver = 'job' AND status IN ('queued', 'running', 'waiting', 'cancelling')
    )
    SELECT id, workspace_id, generation, false AS running, (
        deadline_at < now() - ${graceMs} * interval '1 millisecond'
        OR status = 'queued' AND coalesce(run_at, created_at) < now() - ${graceMs} * interval '1 millisecond'
        OR status IN ('running', 'cancelling')
          AND heartbeat_at < now() - ${STALLED_AFTER_MS} * interval '1 millisecond'
      ) IS TRUE AS overdue
    FROM live WHERE id > ${afterId} AND id = coalesce(${only ?? null}, id)
    ORDER BY id ${sql.limit(limit)}`,
  readKnown: (ids) => sql`
    SELECT id, workspace_id, generation,
      driver = 'job' AND status IN ('queued', 'running', 'waiting', 'cancelling') AS live
    FROM jobs WHERE id = ANY(${sql.array([...ids], 'text')})`,
  async lock(tx, id) {
    const job = await lockJob(tx, id);
    if (job === null) return null;
    return {
      generation: job.generation,
      live: job.driver === 'job' && !isJobOver(job.status),
      crewId: null,
      missionId: null,
      taskId: null,
      lost: () => markJobLost(tx, id, systemActor()),
      async raise(to) {
        await tx.execute(sql`UPDATE jobs SET generation = ${to}, updated_at = now() WHERE id = ${id}`);
      },
    };
  },
};
