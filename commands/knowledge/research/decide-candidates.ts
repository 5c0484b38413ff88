import type { Actor } from '../../../domain/kernel/access/authority.ts';
import { CrewshipError, notFound, wrongState } from '../../../domain/kernel/errors/crewship-error.ts';
import { isJobOver } from '../../../domain/work/jobs/job-status.ts';
import { sql } from '../../../db/kernel/sql.ts';
import type { Tx } from '../../../db/kernel/transaction.ts';
import { reachIn } from '../../../db/knowledge/namespaces/reach.ts';
import { findResearchPlace } from '../../../db/knowledge/research/research-rows.ts';
import { lockJob } from '../../../db/work/jobs/job-row.ts';
import { type KnowledgeCaller, knowledgeFrame } from '../namespaces/hold-namespace.ts';
import { tellJob } from '../../engine/jobs/tell-job.ts';

export interface CandidateDecision {
  readonly candidate_id: string;
  readonly decision: 'approve' | 'reject';
  /** Of the entry; default: the page's. */
  readonly title?: string | undefined;
  readonly tags?: readonly string[] | undefined;
  readonly note?: string | undefined;
}

export interface DecisionResult {
  readonly candidate_id: string;
  readonly ok: boolean;
  /** Why not. */
  readonly code: 'not_found' | 'not_judged' | 'not_pending' | 'repeated' | null;
}

/**
 * Decides about pages of a run that goes on, each for itself, and has those that were approved ingested. Throws
 * `not_found` for one of a namespace out of reach, `forbidden`, and `wrong_state` for one that is over.
 */
export async function decideCandidates(
  tx: Tx,
  caller: KnowledgeCaller,
  { runId, decisions }: { readonly runId: string; readonly decisions: readonly CandidateDecision[] },
  actor: Actor,
): Promise<readonly DecisionResult[]> {
  const job = await lockJob(tx, runId);
  const place = await findResearchPlace(tx, runId);
  const namespace = place === null ? null : await reachIn(tx, caller, { id: place.id });
  if (job === null || namespace === null) throw notFound('run');
  if (namespace.access !== 'write') {
    throw new CrewshipError('forbidden', `namespace ${namespace.name} is read-only to you`);
  }
  if (isJobOver(job.status) || job.status === 'cancelling') throw wrongState('run', job.status, 'the run has ended');
  const ids = decisions.map((one) => one.candidate_id);
  const found = await tx.any<{ id: string; status: string; is_judged: boolean }>(sql`
    SELECT id, status, score IS NOT NULL AS is_judged FROM research_candidates
    WHERE run_id = ${runId} AND id = ANY (${sql.array([...new Set(ids)], 'text')})`);
  const known = new Map(found.map((row) => [row.id, row]));
  const results = decisions.map(({ candidate_id }, index): DecisionResult => {
    const row = known.get(candidate_id);
    if (row === undefined) return { candidate_id, ok: false, code: 'not_found' };
    if (ids.indexOf(candidate_id) < index) return { candidate_id, ok: false, code: 'repeated' };
    if (row.status !== 'pending') return { candidate_id, ok: false, code: 'not_pending' };
    if (!row.is_judged) return { candidate_id, ok: false, code: 'not_judged' };
    return { candidate_id, ok: true, code: null };
  });
  const decided = decisions.filter((_, index) => results[index]!.ok);
  if (decided.length === 0) return results;
  const rows = decided.map((one) => ({
    id: one.candidate_id,
    status: one.decision === 'approve' ? 'approved' : 'rejected',
    title: one.title ?? null,
    tags: [...new Set(one.tags ?? [])],
    note: one.note ?? null,
  }));
  await tx.execute(sql`
    UPDATE research_candidates c SET status = d.status, entry_title = d.title, entry_tags = d.tags, note = d.note,
      decided_by = ${actor.id}, decided_at = now(),
      content = CASE WHEN d.status = 'approved' THEN c.content END
    FROM json_to_recordset(${sql.rows(rows)}) AS d (id text, status text, title text, tags jsonb, note text)
    WHERE c.id = d.id AND c.run_id = ${runId} AND c.status = 'pending'`);
  const approved = rows.filter(({ status }) => status === 'approved').length;
  tx.journal({
    ...knowledgeFrame(caller, namespace, actor),
    type: 'research.decided',
    summary: 'pages of a research run were decided about',
    payload: { run_id: runId, approved, rejected: rows.length - approved },
  });
  tellJob(tx, job);
  return results;
}
