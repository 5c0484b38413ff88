import { systemActor } from '../../../domain/kernel/access/authority.ts';
import { evalJob } from '../../../domain/evidence/eval/eval-job.ts';
import type { JobWorkflowKind } from '../../../domain/work/jobs/job-workflow-kind.ts';
import { isJobOver, STALLED_AFTER_MS } from '../../../domain/work/jobs/job-status.ts';
import type { DrivenWorkflow } from '../../../db/kernel/driven-workflow.ts';
import { type Fragment, sql } from '../../../db/kernel/sql.ts';
import { lockJob } from '../../../db/work/jobs/job-row.ts';
import { markJobLost } from './mark-job-lost.ts';

/** Jobs of other kinds have workflows of another name. */
const kindsOf = (workflow: JobWorkflowKind): Fragment =>
  workflow === 'eval' ? sql.fragment`kind = ${evalJob.name}` : sql.fragment`kind <> ${evalJob.name}`;

/** The rows that workflows of one name drive. */
const drivenJobs = (workflow: JobWorkflowKind): DrivenWorkflow => ({
  // Past its deadline, or past the moment from which it may run; or silent, while somebody should be at work on it.
  readLive: ({ afterId, only, limit, graceMs }) => sql`
    WITH live AS MATERIALIZED (
      SELECT * FROM jobs
      WHERE driver = 'job' AND status IN ('queued', 'running', 'waiting', 'cancelling') AND ${kindsOf(workflow)}
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
    FROM jobs WHERE id = ANY(${sql.array([...ids], 'text')}) AND ${kindsOf(workflow)}`,
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
});

/** What `jobWorkflow` workflows drive. */
export const drivenJob = drivenJobs('job');

/** What `evalWorkflow` workflows drive. */
export const drivenEval = drivenJobs('eval');
