import { concludeGapReport } from '../../../commands/evidence/gaps/gap-commands.ts';
import { collectGaps } from '../../../db/evidence/gaps/collect-gaps.ts';
import { getGapReport } from '../../../db/evidence/gaps/gaps-store.ts';
import type { Database } from '../../../db/kernel/database.ts';
import { gapReportJob } from '../../../domain/evidence/gaps/gap-report-job.ts';
import type { WorkflowAddress } from '../../../domain/kernel/outbox/outbox-command.ts';
import type { JobRegistry } from '../../../domain/work/jobs/job-registry.ts';
import { whileAtWork } from '../../work/jobs/while-at-work.ts';

export type GapActivities = ReturnType<typeof createGapActivities>;

/** The one step of a report. Taken again it reads the same time again, and keeps what it found once. */
export function createGapActivities(deps: { readonly db: Database; readonly jobKinds: Pick<JobRegistry, 'find'> }) {
  const jobKind = deps.jobKinds.find(gapReportJob.name);
  return {
    collectGaps: (address: WorkflowAddress): Promise<void> =>
      whileAtWork(deps, address, async (job) => {
        if (jobKind === undefined) throw new Error('this worker does not know reports of gaps');
        const { reads } = deps.db;
        const { workspaceId } = address;
        const report = await getGapReport(reads, workspaceId, address.id);
        const { window_from: from, window_to: to, agent_id: agentId, min_evidence: minEvidence } = report;
        const gaps = await collectGaps(reads, { workspaceId, from, to, agentId, minEvidence });
        job.signal.throwIfAborted();
        await concludeGapReport(deps.db, address, jobKind, gaps);
      }),
  };
}
