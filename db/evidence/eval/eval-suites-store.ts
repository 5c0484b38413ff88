import type { EvalSuite, SuiteResult } from '../../../domain/evidence/eval/eval-suite.ts';
import { notFound } from '../../../domain/kernel/errors/crewship-error.ts';
import type { JobStatus } from '../../../domain/work/jobs/job-status.ts';
import { ascending, listOrder, newestFirst, type Page, type PageRequest, readPage, slice } from '../../kernel/page.ts';
import type { ReadPool } from '../../kernel/read-pool.ts';
import { type Query, sql } from '../../kernel/sql.ts';
import type { Tx } from '../../kernel/transaction.ts';

/** A suite held against candidates; the counts are null until all of them are over. */
export interface SuiteRun {
  readonly id: string;
  readonly suite_id: string;
  readonly label: string | null;
  readonly status: JobStatus;
  readonly passed: number | null;
  readonly regressed: number | null;
  readonly failed: number | null;
  readonly created_by: string | null;
  readonly created_at: string;
}

const suiteColumns = sql.fragment`id, name, thresholds, cases, version, created_by, created_at, updated_at`;
const runColumns = sql.fragment`
  r.id, r.suite_id, r.label, j.status, r.passed, r.regressed, r.failed, r.created_by, r.created_at`;
const fromRuns = sql.fragment`eval_suite_runs r JOIN jobs j ON j.workspace_id = r.workspace_id AND j.id = r.id`;

const SUITES = listOrder(ascending('text', sql.fragment`lower(name)`), ascending('text', sql.fragment`id`));
const RUNS = newestFirst('r');

/** By name. */
export function listEvalSuites(reads: ReadPool, workspaceId: string, page: PageRequest): Promise<Page<EvalSuite>> {
  const where = sql.fragment`workspace_id = ${workspaceId} AND deleted_at IS NULL`;
  return readPage<EvalSuite>(
    reads,
    [workspaceId],
    sql`
      SELECT ${suiteColumns}, ${SUITES.key}, count(*) OVER () AS total FROM eval_suites
      WHERE ${where} ${SUITES.after(page)} ORDER BY ${SUITES.by} ${slice(page)}`,
    page,
    () => sql`SELECT count(*) AS total FROM eval_suites WHERE ${where}`,
  );
}

/** Throws `not_found`. */
export async function getEvalSuite(reads: ReadPool, workspaceId: string, id: string): Promise<EvalSuite> {
  const row = await reads.maybeOne<EvalSuite>(
    [workspaceId],
    sql`
      SELECT ${suiteColumns} FROM eval_suites
      WHERE id = ${id} AND workspace_id = ${workspaceId} AND deleted_at IS NULL`,
  );
  if (row === null) throw notFound('suite');
  return row;
}

/** Locked: nobody changes or deletes it before the commit. Throws `not_found`. */
export async function lockEvalSuite(tx: Tx, id: string): Promise<EvalSuite> {
  const row = await tx.maybeOne<EvalSuite>(sql`
    SELECT ${suiteColumns} FROM eval_suites WHERE id = ${id} AND deleted_at IS NULL FOR UPDATE`);
  if (row === null) throw notFound('suite');
  return row;
}

/** Runs of a suite, newest first. */
export function listSuiteRuns(
  reads: ReadPool,
  workspaceId: string,
  suiteId: string,
  page: PageRequest,
): Promise<Page<SuiteRun>> {
  const where = sql.fragment`r.suite_id = ${suiteId} AND r.workspace_id = ${workspaceId}`;
  return readPage<SuiteRun>(
    reads,
    [workspaceId],
    sql`
      SELECT ${runColumns}, ${RUNS.key}, count(*) OVER () AS total FROM ${fromRuns}
      WHERE ${where} ${RUNS.after(page)} ORDER BY ${RUNS.by} ${slice(page)}`,
    page,
    () => sql`SELECT count(*) AS total FROM eval_suite_runs r WHERE ${where}`,
  );
}

/** Throws `not_found`. */
export async function getSuiteRun(reads: ReadPool, workspaceId: string, id: string): Promise<SuiteRun> {
  const row = await reads.maybeOne<SuiteRun>(
    [workspaceId],
    sql`SELECT ${runColumns} FROM ${fromRuns} WHERE r.id = ${id} AND r.workspace_id = ${workspaceId}`,
  );
  if (row === null) throw notFound('suite run');
  return row;
}

function resultsQuery(suiteRunId: string): Query {
  return sql`
    SELECT e.suite_case AS case, e.id AS eval_run_id, e.mission_id AS candidate_mission_id,
      CASE j.status WHEN 'queued' THEN 'queued' WHEN 'completed' THEN 'completed' WHEN 'failed' THEN 'failed'
        WHEN 'cancelled' THEN 'failed' ELSE 'running' END AS status,
      j.status = 'completed' AND coalesce((e.comparison->>'regressed')::boolean, false) AS regressed,
      CASE j.status WHEN 'completed' THEN e.result WHEN 'cancelled' THEN 'cancelled'
        WHEN 'failed' THEN coalesce(j.error_message, j.error_code, 'failed') ELSE '' END AS result
    FROM eval_runs e JOIN jobs j ON j.workspace_id = e.workspace_id AND j.id = e.id
    WHERE e.suite_run_id = ${suiteRunId} ORDER BY e.suite_case, e.id`;
}

/** What the cases of a run came to so far. */
export function listSuiteResults(
  reads: ReadPool,
  workspaceId: string,
  suiteRunId: string,
): Promise<readonly SuiteResult[]> {
  return reads.any<SuiteResult>([workspaceId], resultsQuery(suiteRunId));
}

/** The same, as the transaction has them. */
export function listSuiteResultsIn(tx: Tx, suiteRunId: string): Promise<readonly SuiteResult[]> {
  return tx.any<SuiteResult>(resultsQuery(suiteRunId));
}
