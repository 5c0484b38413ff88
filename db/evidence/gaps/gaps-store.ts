import type { GapCategory, GapCounts, GapFinding, GapSeverity, GapStatus } from '../../../domain/evidence/gaps/gap.ts';
import { notFound } from '../../../domain/kernel/errors/crewship-error.ts';
import type { JobStatus } from '../../../domain/work/jobs/job-status.ts';
import { descending, listOrder, newestFirst, type Page, type PageRequest, readPage, slice } from '../../kernel/page.ts';
import type { ReadPool } from '../../kernel/read-pool.ts';
import { sql } from '../../kernel/sql.ts';
import type { Tx } from '../../kernel/transaction.ts';

/** A report, whose state is its job's. */
export interface GapReport {
  readonly id: string;
  readonly status: JobStatus;
  readonly window_from: string;
  readonly window_to: string;
  readonly agent_id: string | null;
  readonly min_evidence: number;
  readonly counts: GapCounts | null;
  readonly summary: string;
  readonly created_by: string | null;
  readonly created_at: string;
}

const reportColumns = sql.fragment`
  r.id, j.status, r.window_from, r.window_to, r.agent_id, r.min_evidence, r.counts, r.summary, r.created_by,
  r.created_at`;
/** A report `r` with its job `j`, which has the state. */
const fromReports = sql.fragment`gap_reports r JOIN jobs j ON j.workspace_id = r.workspace_id AND j.id = r.id`;
/** A finding `f`; the task that was made of it is named to those who see its project. */
const findingColumns = (userId: string) => sql.fragment`
  f.id, f.title, f.category, f.severity, f.status, f.agent_id, f.evidence, f.occurrences, f.note, f.first_seen_at,
  f.last_seen_at, (SELECT t.id FROM tasks t WHERE t.workspace_id = f.workspace_id AND t.id = f.task_id
    AND (t.project_id IS NULL OR crewship_project_role(t.project_id, ${userId}) IS NOT NULL)) AS task_id`;

const REPORTS = newestFirst('r');
const FINDINGS = listOrder(descending('time', sql.fragment`f.last_seen_at`), descending('text', sql.fragment`f.id`));

/** Newest first. */
export function listGapReports(
  reads: ReadPool,
  workspaceId: string,
  statuses: readonly JobStatus[] | undefined,
  page: PageRequest,
): Promise<Page<GapReport>> {
  const ofStatus =
    statuses === undefined ? sql.fragment`` : sql.fragment`AND j.status = ANY (${sql.array([...statuses], 'text')})`;
  const where = sql.fragment`r.workspace_id = ${workspaceId} ${ofStatus}`;
  return readPage<GapReport>(
    reads,
    [workspaceId],
    sql`
      SELECT ${reportColumns}, ${REPORTS.key}, count(*) OVER () AS total FROM ${fromReports}
      WHERE ${where} ${REPORTS.after(page)} ORDER BY ${REPORTS.by} ${slice(page)}`,
    page,
    () => sql`SELECT count(*) AS total FROM ${fromReports} WHERE ${where}`,
  );
}

/** Throws `not_found`. */
export async function getGapReport(reads: ReadPool, workspaceId: string, id: string): Promise<GapReport> {
  const row = await reads.maybeOne<GapReport>(
    [workspaceId],
    sql`SELECT ${reportColumns} FROM ${fromReports} WHERE r.id = ${id} AND r.workspace_id = ${workspaceId}`,
  );
  if (row === null) throw notFound('report');
  return row;
}

/** What a report found, as it is now; at most 200. */
export function listFindingsOfReport(
  reads: ReadPool,
  { workspaceId, userId }: GapReader,
  reportId: string,
): Promise<readonly GapFinding[]> {
  return reads.any<GapFinding>(
    [workspaceId],
    sql`
      SELECT ${findingColumns(userId)} FROM gap_report_findings l
      JOIN gap_findings f ON f.workspace_id = l.workspace_id AND f.id = l.finding_id
      WHERE l.report_id = ${reportId} AND l.workspace_id = ${workspaceId}
      ORDER BY f.occurrences DESC, f.id`,
  );
}

/** Whose eyes findings are seen with. */
export interface GapReader {
  readonly workspaceId: string;
  readonly userId: string;
}

export interface FindingFilter {
  readonly statuses: readonly GapStatus[] | undefined;
  readonly severities: readonly GapSeverity[] | undefined;
  readonly categories: readonly GapCategory[] | undefined;
  readonly agentId: string | undefined;
  /** Part of the title. */
  readonly search: string | undefined;
}

/** Those seen last first. */
export function listGapFindings(
  reads: ReadPool,
  { workspaceId, userId }: GapReader,
  filter: FindingFilter,
  page: PageRequest,
): Promise<Page<GapFinding>> {
  const conditions = [sql.fragment`f.workspace_id = ${workspaceId}`];
  const anyOf = (column: string, values: readonly string[] | undefined) => {
    if (values === undefined) return;
    conditions.push(sql.fragment`${sql.identifier(['f', column])} = ANY (${sql.array([...values], 'text')})`);
  };
  anyOf('status', filter.statuses);
  anyOf('severity', filter.severities);
  anyOf('category', filter.categories);
  anyOf('agent_id', filter.agentId === undefined ? undefined : [filter.agentId]);
  if (filter.search !== undefined) conditions.push(sql.fragment`strpos(lower(f.title), lower(${filter.search})) > 0`);
  const where = sql.join(conditions, sql.fragment` AND `);
  return readPage<GapFinding>(
    reads,
    [workspaceId],
    sql`
      SELECT ${findingColumns(userId)}, ${FINDINGS.key}, count(*) OVER () AS total FROM gap_findings f
      WHERE ${where} ${FINDINGS.after(page)} ORDER BY ${FINDINGS.by} ${slice(page)}`,
    page,
    () => sql`SELECT count(*) AS total FROM gap_findings f WHERE ${where}`,
  );
}

/** Locked; what of it decides. Throws `not_found`. */
export async function lockGapFinding(
  tx: Tx,
  id: string,
): Promise<{ readonly id: string; readonly status: GapStatus; readonly has_task: boolean }> {
  const row = await tx.maybeOne<{ id: string; status: GapStatus; has_task: boolean }>(sql`
    SELECT id, status, task_id IS NOT NULL AS has_task FROM gap_findings WHERE id = ${id} FOR UPDATE`);
  if (row === null) throw notFound('finding');
  return row;
}

/** As the transaction has left it. Throws `not_found`. */
export async function getGapFindingIn(tx: Tx, userId: string, id: string): Promise<GapFinding> {
  const row = await tx.maybeOne<GapFinding>(sql`
    SELECT ${findingColumns(userId)} FROM gap_findings f WHERE f.id = ${id}`);
  if (row === null) throw notFound('finding');
  return row;
}
