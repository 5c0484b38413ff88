import { systemActor } from '../../../domain/kernel/access/authority.ts';
import type { WorkflowAddress } from '../../../domain/kernel/outbox/outbox-command.ts';
import { LINTED } from '../../../domain/knowledge/wiki/wiki.ts';
import type { RegisteredJobKind } from '../../../domain/work/jobs/job-registry.ts';
import { newId } from '../../../platform/ids/ids.ts';
import { type Database, workflowScope } from '../../../db/kernel/database.ts';
import { sql } from '../../../db/kernel/sql.ts';
import type { Tx } from '../../../db/kernel/transaction.ts';
import type { SeenFinding } from '../../../db/knowledge/wiki/lint-entries.ts';
import { lockJob } from '../../../db/work/jobs/job-row.ts';
import { storeJobResult } from '../../engine/jobs/job-work.ts';
import { knowledgeFrame } from '../namespaces/hold-namespace.ts';

interface HeldRun {
  readonly namespace: { readonly id: string; readonly project_id: string | null };
  readonly max_proposals: number;
  readonly dry_run: boolean;
  readonly proposals: number;
  readonly entries_seen: number;
  readonly counts: Readonly<Record<string, number>>;
  readonly lint_at: string | null;
  readonly propose_at: string | null;
}

/** A run with its job and its namespace held: who changes findings takes turns. Null: the job is to end. */
async function holdRun(tx: Tx, address: WorkflowAddress): Promise<HeldRun | null> {
  const job = await lockJob(tx, address.id);
  if (job === null || job.generation !== address.generation || job.status !== 'running') return null;
  const run = await tx.maybeOne<Omit<HeldRun, 'namespace'> & { namespace_id: string; project_id: string | null }>(sql`
    SELECT r.namespace_id, n.project_id, r.max_proposals, r.dry_run, r.proposals, r.entries_seen, r.counts, r.lint_at,
      r.propose_at
    FROM meditation_runs r JOIN knowledge_namespaces n ON n.id = r.namespace_id WHERE r.id = ${address.id}`);
  if (run === null) return null;
  await tx.execute(sql`SELECT 1 FROM knowledge_namespaces WHERE id = ${run.namespace_id} FOR UPDATE`);
  return { ...run, namespace: { id: run.namespace_id, project_id: run.project_id } };
}

/**
 * What a run found in some entries, once: its cursor moves with it. New findings are kept as far as the run takes more;
 * one that was resolved is open again, one that people dismissed stays that. A dry run counts and keeps nothing. False:
 * the job is to end, or the step is elsewhere by now.
 */
export async function storeFindings(
  db: Database,
  address: WorkflowAddress,
  step: 'lint_at' | 'propose_at',
  page: {
    /** Where the step was when it looked. */
    readonly from: string;
    /** Where it goes on; null: it is done. */
    readonly to: string | null;
    readonly entries: number;
    readonly findings: readonly SeenFinding[];
  },
): Promise<boolean> {
  return db.transaction(workflowScope(address), async (tx) => {
    const run = await holdRun(tx, address);
    if (run === null || run[step] !== page.from) return false;
    const { known, fresh } = await sortFindings(tx, page.findings, run.max_proposals - run.proposals);
    const counts: Record<string, number> = { ...run.counts };
    for (const { kind } of [...known, ...fresh]) counts[kind] = (counts[kind] ?? 0) + 1;
    if (!run.dry_run) await keepFindings(tx, address, run.namespace.id, [...known, ...fresh]);
    await tx.execute(sql`
      UPDATE meditation_runs SET ${sql.identifier([step])} = ${page.to}, counts = ${sql.jsonb(counts)},
        proposals = proposals + ${fresh.length}, entries_seen = entries_seen + ${page.entries}
      WHERE id = ${address.id}`);
    return true;
  });
}

const nameOf = (one: Pick<SeenFinding, 'entry_id' | 'kind' | 'other_entry_id' | 'detail'>) =>
  JSON.stringify([one.entry_id, one.kind, one.other_entry_id, one.detail]);

/** Those that are rows by now, and as many of the others as there is room for. Entries that are gone have none. */
async function sortFindings(tx: Tx, findings: readonly SeenFinding[], room: number) {
  const ids = sql.array([...new Set(findings.map((one) => one.entry_id))], 'text');
  const [rows, there] = [
    await tx.any<Pick<SeenFinding, 'entry_id' | 'kind' | 'other_entry_id' | 'detail'>>(sql`
      SELECT entry_id, kind, other_entry_id, detail FROM wiki_findings WHERE entry_id = ANY (${ids})`),
    await tx.any<{ id: string }>(sql`SELECT id FROM knowledge_entries WHERE id = ANY (${ids})`),
  ];
  const [names, live] = [new Set(rows.map(nameOf)), new Set(there.map(({ id }) => id))];
  const seen = [...new Map(findings.map((one) => [nameOf(one), one])).values()].filter((one) => live.has(one.entry_id));
  return {
    known: seen.filter((one) => names.has(nameOf(one))),
    fresh: seen.filter((one) => !names.has(nameOf(one))).slice(0, Math.max(0, room)),
  };
}

async function keepFindings(
  tx: Tx,
  { id: runId, workspaceId }: WorkflowAddress,
  namespaceId: string,
  findings: readonly SeenFinding[],
): Promise<void> {
  if (findings.length === 0) return;
  const rows = findings.map((one) => ({ ...one, id: newId() }));
  await tx.execute(sql`
    INSERT INTO wiki_findings AS f (id, workspace_id, namespace_id, kind, entry_id, other_entry_id, detail, evidence,
      run_id)
    SELECT r.id, ${workspaceId}, ${namespaceId}, r.kind, r.entry_id, r.other_entry_id, r.detail, r.evidence, ${runId}
    FROM json_to_recordset(${sql.rows(rows)}) AS r (id text, kind text, entry_id text, other_entry_id text, detail text,
      evidence jsonb)
    ON CONFLICT (entry_id, kind, other_entry_id, detail) DO UPDATE SET run_id = excluded.run_id,
      evidence = excluded.evidence, namespace_id = excluded.namespace_id, updated_at = now(),
      status = CASE WHEN f.status = 'resolved' THEN 'open' ELSE f.status END`);
}

/** All was seen: what rows show no more is resolved, and the job has its result. */
export async function concludeMeditation(
  db: Database,
  address: WorkflowAddress,
  jobKind: Pick<RegisteredJobKind, 'result'>,
): Promise<void> {
  await db.transaction(workflowScope(address), async (tx) => {
    const run = await holdRun(tx, address);
    if (run === null) return;
    if (!run.dry_run) {
      await tx.execute(sql`
        UPDATE wiki_findings SET status = 'resolved', updated_at = now()
        WHERE namespace_id = ${run.namespace.id} AND status = 'open' AND run_id <> ${address.id}
          AND kind = ANY (${sql.array([...LINTED], 'text')})`);
    }
    await storeJobResult(tx, address, jobKind, { entries: run.entries_seen, proposals: run.proposals });
    tx.journal({
      ...knowledgeFrame(address, run.namespace, systemActor()),
      transitionId: `meditation-${address.id}:completed`,
      type: 'wiki.meditation_completed',
      summary: 'a namespace of knowledge was looked through',
      payload: { run_id: address.id, proposals: run.proposals },
    });
  });
}
