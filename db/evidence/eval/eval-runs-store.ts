import type { Comparison, Thresholds } from '../../../domain/evidence/eval/compare-metrics.ts';
import type {
  Divergence,
  EvalFindings,
  EvalKind,
  EvalRun,
  EvalSide,
  Measured,
} from '../../../domain/evidence/eval/eval-run.ts';
import { notFound } from '../../../domain/kernel/errors/crewship-error.ts';
import { newestFirst, type Page, type PageRequest, readPage, slice } from '../../kernel/page.ts';
import type { ReadPool } from '../../kernel/read-pool.ts';
import { type Fragment, sql } from '../../kernel/sql.ts';
import type { Tx } from '../../kernel/transaction.ts';

/** What an evaluation's steps need of its row. */
export interface EvalRow {
  readonly id: string;
  readonly workspace_id: string;
  readonly kind: EvalKind;
  readonly mission_id: string;
  readonly baseline_mission_id: string | null;
  readonly generation: number | null;
  readonly baseline_generation: number | null;
  readonly thresholds: Thresholds;
  readonly measured: { readonly [Side in EvalSide]?: Measured };
  readonly used_ms: number;
}

export async function readEvalRow(reads: ReadPool, workspaceId: string, id: string): Promise<EvalRow> {
  const row = await reads.maybeOne<EvalRow>(
    [workspaceId],
    sql`
      SELECT id, workspace_id, kind, mission_id, baseline_mission_id, generation, baseline_generation, thresholds,
        measured, used_ms
      FROM eval_runs WHERE id = ${id} AND workspace_id = ${workspaceId}`,
  );
  if (row === null) throw notFound('eval run');
  return row;
}

interface Shown {
  readonly id: string;
  readonly workspace_id: string;
  readonly kind: EvalKind;
  readonly mission_id: string;
  readonly baseline_mission_id: string | null;
  readonly seed: number;
  readonly status: EvalRun['status'];
  readonly result: string;
  readonly measured: { readonly [Side in EvalSide]?: Measured };
  readonly comparison: Comparison | null;
  readonly created_by: string | null;
  readonly created_at: string;
  readonly updated_at: string;
}

/** A row `r` with its job `j`, which has the state: the text of one that failed is the job's. */
const shown = sql.fragment`
  r.id, r.workspace_id, r.kind, r.mission_id, r.baseline_mission_id, r.seed, r.measured, r.comparison, r.created_by,
  r.created_at, greatest(r.updated_at, j.updated_at) AS updated_at, CASE j.status
    WHEN 'queued' THEN 'queued' WHEN 'completed' THEN 'completed'
    WHEN 'failed' THEN 'failed' WHEN 'cancelled' THEN 'failed' ELSE 'running' END AS status, CASE j.status
    WHEN 'completed' THEN r.result
    WHEN 'cancelled' THEN 'cancelled'
    WHEN 'failed' THEN coalesce(j.error_message, j.error_code, 'failed') ELSE '' END AS result`;
const fromRuns = sql.fragment`FROM eval_runs r JOIN jobs j ON j.workspace_id = r.workspace_id AND j.id = r.id`;

function toRun(row: Shown): EvalRun {
  const { measured, comparison, baseline_mission_id: baselineId, mission_id: missionId, ...rest } = row;
  const isRegression = row.kind === 'regression';
  const found = row.status === 'completed' ? measured[isRegression ? 'candidate' : 'mission'] : undefined;
  return {
    ...rest,
    mission_id: isRegression ? '' : missionId,
    baseline_mission_id: baselineId ?? '',
    candidate_mission_id: isRegression ? missionId : '',
    seed_signature: found?.signature ?? '',
    tokens: found?.metrics.total_tokens ?? 0,
    cost_usd: found?.metrics.total_cost_usd ?? 0,
    regressed: row.status === 'completed' && comparison?.regressed === true,
    created_by: row.created_by ?? '',
  };
}

const RUNS = newestFirst('r');

/** Evaluations of a workspace, newest first. */
export async function listEvalRuns(reads: ReadPool, workspaceId: string, request: PageRequest): Promise<Page<EvalRun>> {
  const where = sql.fragment`r.workspace_id = ${workspaceId}`;
  const page = await readPage<Shown>(
    reads,
    [workspaceId],
    sql`SELECT ${shown}, ${RUNS.key}, count(*) OVER () AS total ${fromRuns} WHERE ${where} ${RUNS.after(request)}
      ORDER BY ${RUNS.by} ${slice(request)}`,
    request,
    () => sql`SELECT count(*) AS total ${fromRuns} WHERE ${where}`,
  );
  return { ...page, rows: page.rows.map(toRun) };
}

const one = (workspaceId: string, id: string, also: Fragment = sql.fragment``) => sql`
  SELECT ${shown} ${also} ${fromRuns} WHERE r.workspace_id = ${workspaceId} AND r.id = ${id}`;

/** Throws `not_found`. */
export async function getEvalRun(reads: ReadPool, workspaceId: string, id: string): Promise<EvalRun> {
  const row = await reads.maybeOne<Shown>([workspaceId], one(workspaceId, id));
  if (row === null) throw notFound('eval run');
  return toRun(row);
}

/** The same, as the transaction has left it. */
export async function getEvalRunIn(tx: Tx, workspaceId: string, id: string): Promise<EvalRun> {
  const row = await tx.maybeOne<Shown>(one(workspaceId, id));
  if (row === null) throw notFound('eval run');
  return toRun(row);
}

/** An evaluation with all that it found. Throws `not_found`. */
export async function getEvalFindings(
  reads: ReadPool,
  workspaceId: string,
  id: string,
): Promise<{ readonly run: EvalRun; readonly findings: EvalFindings }> {
  const row = await reads.maybeOne<Shown & { thresholds: Thresholds; divergence: Divergence | null }>(
    [workspaceId],
    one(workspaceId, id, sql.fragment`, r.thresholds, r.divergence`),
  );
  if (row === null) throw notFound('eval run');
  const { thresholds, divergence, ...rest } = row;
  return { run: toRun(rest), findings: { thresholds, measured: row.measured, comparison: row.comparison, divergence } };
}
