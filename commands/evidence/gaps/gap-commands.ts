import { createHash } from 'node:crypto';
import {
  countBySeverity,
  fingerprintText,
  type GapFinding,
  type GapStatus,
  NEXT_STATUSES,
  type SeenGap,
  severityOf,
  summaryOf,
  titleOf,
} from '../../../domain/evidence/gaps/gap.ts';
import { type Actor, systemActor } from '../../../domain/kernel/access/authority.ts';
import { wrongState } from '../../../domain/kernel/errors/crewship-error.ts';
import type { WorkflowAddress } from '../../../domain/kernel/outbox/outbox-command.ts';
import type { RegisteredJobKind } from '../../../domain/work/jobs/job-registry.ts';
import { newId } from '../../../platform/ids/ids.ts';
import { type GapReader, getGapFindingIn, lockGapFinding } from '../../../db/evidence/gaps/gaps-store.ts';
import { type Database, workflowScope } from '../../../db/kernel/database.ts';
import { sql } from '../../../db/kernel/sql.ts';
import type { Tx } from '../../../db/kernel/transaction.ts';
import { lockJob } from '../../../db/work/jobs/job-row.ts';
import { storeJobResult } from '../../engine/jobs/job-work.ts';

/**
 * Keeps what a report saw, once: gaps that were known are seen again, and those that had ended are open again. A job
 * that is to end by now is left as it is.
 */
export async function concludeGapReport(
  db: Database,
  address: WorkflowAddress,
  jobKind: Pick<RegisteredJobKind, 'result'>,
  gaps: readonly SeenGap[],
): Promise<void> {
  await db.transaction(workflowScope(address), async (tx) => {
    await lockJob(tx, address.id);
    if (!(await storeJobResult(tx, address, jobKind, { findings: gaps.length }))) return;
    const concluded = await tx.execute(sql`
      UPDATE gap_reports SET counts = ${sql.jsonb(countBySeverity(gaps))}, summary = ${summaryOf(gaps)}
      WHERE id = ${address.id} AND counts IS NULL`);
    if (concluded === 0) return;
    await upsertFindings(tx, address, gaps);
    tx.journal({
      actor: systemActor(),
      workspaceId: address.workspaceId,
      targetType: 'gap_report',
      targetId: address.id,
      transitionId: `gap-report-${address.id}:completed`,
      type: 'gap.report_completed',
      summary: 'a report of capability gaps is done',
      payload: { report_id: address.id, findings: gaps.length },
    });
  });
}

async function upsertFindings(tx: Tx, address: WorkflowAddress, gaps: readonly SeenGap[]): Promise<void> {
  const { id, workspaceId } = address;
  const rows = gaps
    .map((gap) => ({
      ...gap,
      id: newId(),
      fingerprint: createHash('sha256').update(fingerprintText(gap)).digest('hex'),
      severity: severityOf(gap.occurrences),
      title: titleOf(gap),
    }))
    // Two reports of different workspaces share none, and of one workspace one is made at a time.
    .toSorted((a, b) => (a.fingerprint < b.fingerprint ? -1 : 1));
  await tx.execute(sql`
    WITH found AS (
      INSERT INTO gap_findings AS f (id, workspace_id, fingerprint, category, severity, title, agent_id, occurrences,
        evidence, first_seen_at, last_seen_at)
      SELECT r.id, ${workspaceId}, r.fingerprint, r.category, r.severity, r.title, r.agent_id, r.occurrences,
        r.evidence, r.first_seen_at, r.last_seen_at
      FROM json_to_recordset(${sql.rows(rows)}) AS r (id text, fingerprint text, category text, severity text,
        title text, agent_id text, occurrences integer, evidence jsonb, first_seen_at timestamptz,
        last_seen_at timestamptz)
      ON CONFLICT (workspace_id, fingerprint) DO UPDATE SET severity = excluded.severity,
        occurrences = excluded.occurrences, evidence = excluded.evidence,
        first_seen_at = least(f.first_seen_at, excluded.first_seen_at),
        last_seen_at = greatest(f.last_seen_at, excluded.last_seen_at), updated_at = now(),
        status = CASE WHEN f.status IN ('resolved', 'dismissed') AND excluded.last_seen_at > f.updated_at THEN 'open'
          ELSE f.status END
      RETURNING f.id
    )
    INSERT INTO gap_report_findings (workspace_id, report_id, finding_id)
    SELECT ${workspaceId}, ${id}, found.id FROM found`);
}

/** Puts a finding into another state. Throws `not_found`, `wrong_state` with the state it has. */
export async function moveGapFinding(
  tx: Tx,
  reader: GapReader,
  change: { readonly id: string; readonly status: GapStatus; readonly note: string | null },
  actor: Actor,
): Promise<GapFinding> {
  const held = await lockGapFinding(tx, change.id);
  if (!NEXT_STATUSES[held.status].includes(change.status)) throw wrongState('finding', held.status);
  const finding = await getGapFindingIn(tx, reader.userId, held.id);
  await tx.execute(sql`
    UPDATE gap_findings SET status = ${change.status}, note = ${change.note}, updated_at = now()
    WHERE id = ${finding.id}`);
  const { workspaceId } = reader;
  journalFindingStatus(tx, { ...finding, workspaceId }, { from: finding.status, to: change.status }, actor);
  return { ...finding, status: change.status, note: change.note };
}

export function journalFindingStatus(
  tx: Tx,
  finding: Pick<GapFinding, 'id' | 'agent_id'> & { readonly workspaceId: string },
  { from, to }: { readonly from: GapStatus; readonly to: GapStatus },
  actor: Actor,
): void {
  tx.journal({
    actor,
    workspaceId: finding.workspaceId,
    agentId: finding.agent_id,
    targetType: 'gap_finding',
    targetId: finding.id,
    type: 'gap.finding_status',
    summary: `capability gap ${to.replace('_', ' ')}`,
    payload: { finding_id: finding.id, from, to },
  });
}
