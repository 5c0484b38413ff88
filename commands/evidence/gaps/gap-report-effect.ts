import type { GapReportInput } from '../../../domain/evidence/gaps/gap-report-job.ts';
import { gapReportJob } from '../../../domain/evidence/gaps/gap-report-job.ts';
import { LONGEST_WINDOW_DAYS } from '../../../domain/evidence/gaps/gap.ts';
import { CrewshipError, invalidField, notFound } from '../../../domain/kernel/errors/crewship-error.ts';
import { sql } from '../../../db/kernel/sql.ts';
import type { JobEffect } from '../../../db/kernel/transaction-effects.ts';

const USUAL_WINDOW = '7 days';

/** The row of a report goes with its job, whoever asked for that. One of a workspace is made at a time. */
export const gapReportEffect: JobEffect = {
  async requested(tx, job, given, actor) {
    // As the kind's schema made it.
    const input = given as unknown as GapReportInput;
    const other = await tx.maybeOne(sql`
      SELECT 1 FROM jobs WHERE workspace_id = ${job.workspace_id} AND kind = ${gapReportJob.name} AND id <> ${job.id}
        AND status IN ('queued', 'running', 'waiting', 'cancelling') LIMIT 1`);
    if (other !== null) {
      throw new CrewshipError('conflict', 'another report is being made', { extensions: { reason: 'running' } });
    }
    if (input.agent !== undefined) {
      const agent = await tx.maybeOne(sql`
        SELECT 1 FROM agents WHERE id = ${input.agent} AND workspace_id = ${job.workspace_id}`);
      if (agent === null) throw notFound('agent');
    }
    const until = sql.fragment`coalesce(${input.to ?? null}::timestamptz, now())`;
    const since = sql.fragment`coalesce(${input.from ?? null}::timestamptz, ${until} - ${USUAL_WINDOW}::interval)`;
    const made = await tx.execute(sql`
      INSERT INTO gap_reports (id, workspace_id, window_from, window_to, agent_id, min_evidence, created_by)
      SELECT ${job.id}, ${job.workspace_id}, ${since}, ${until}, ${input.agent ?? null}, ${input.min_evidence},
        ${actor.type === 'user' ? actor.id : null}
      WHERE ${since} < ${until} AND ${until} - ${since} <= ${LONGEST_WINDOW_DAYS} * interval '1 day'`);
    if (made === 0) throw invalidField('from', `must be before to, and at most ${LONGEST_WINDOW_DAYS} days`);
    tx.journal({
      actor,
      workspaceId: job.workspace_id,
      targetType: 'gap_report',
      targetId: job.id,
      type: 'gap.report_started',
      summary: 'a report of capability gaps was asked for',
      payload: { report_id: job.id },
    });
  },
};
