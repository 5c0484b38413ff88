import type {
  CandidateStatus,
  JudgedBy,
  ResearchQuestion,
  Verdict,
} from '../../../domain/knowledge/research/research-run.ts';
import { notFound } from '../../../domain/kernel/errors/crewship-error.ts';
import type { JobStatus } from '../../../domain/work/jobs/job-status.ts';
import { newestFirst, type Page, type PageRequest, readPage, slice } from '../../kernel/page.ts';
import type { ReadPool } from '../../kernel/read-pool.ts';
import { type Fragment, sql } from '../../kernel/sql.ts';

/** A run, whose state is its job's. */
export interface ResearchRun extends ResearchQuestion {
  readonly id: string;
  readonly namespace: string;
  readonly status: JobStatus;
  readonly urls: readonly string[];
  readonly allowed_domains: readonly string[];
  readonly max_pages: number;
  readonly reject_below: number | null;
  readonly agent_id: string | null;
  readonly queries: readonly string[] | null;
  readonly planned_by: JudgedBy | null;
  readonly candidates_total: number;
  readonly pending_total: number;
  readonly ingested_total: number;
  readonly created_by: string | null;
  readonly created_at: string;
  readonly finished_at: string | null;
}

/** A page as people decide about it. */
export interface ResearchCandidate {
  readonly id: string;
  readonly url: string;
  readonly title: string;
  readonly excerpt: string;
  readonly score: number | null;
  readonly verdict: Verdict | null;
  readonly judged_by: JudgedBy | null;
  readonly reason: string;
  readonly status: CandidateStatus;
  readonly entry_id: string | null;
  readonly note: string | null;
  readonly decided_by: string | null;
  readonly decided_at: string | null;
}

const counted = (status: CandidateStatus | null): Fragment => sql.fragment`
  (SELECT count(*)::integer FROM research_candidates c WHERE c.run_id = r.id
    ${status === null ? sql.fragment`` : sql.fragment`AND c.status = ${status}`})`;
const runColumns = sql.fragment`
  r.id, n.name AS namespace, j.status, r.topic, r.questions, r.urls, r.allowed_domains, r.max_pages, r.reject_below,
  r.agent_id, r.queries, r.planned_by, ${counted(null)} AS candidates_total, ${counted('pending')} AS pending_total,
  ${counted('ingested')} AS ingested_total, r.created_by, r.created_at, j.finished_at`;
/** A run `r` with its job `j` and its namespace `n`. */
const fromRuns = sql.fragment`
  research_runs r JOIN jobs j ON j.workspace_id = r.workspace_id AND j.id = r.id
  JOIN knowledge_namespaces n ON n.workspace_id = r.workspace_id AND n.id = r.namespace_id`;
const RUNS = newestFirst('r');

/** Those of namespaces within reach, newest first. */
export function listResearchRuns(
  reads: ReadPool,
  workspaceId: string,
  filter: {
    /** Within the caller's reach. */
    readonly namespaceIds: readonly string[];
    readonly statuses: readonly JobStatus[] | undefined;
  },
  page: PageRequest,
): Promise<Page<ResearchRun>> {
  const { statuses, namespaceIds } = filter;
  const ofStatus =
    statuses === undefined ? sql.fragment`` : sql.fragment`AND j.status = ANY (${sql.array([...statuses], 'text')})`;
  const where = sql.fragment`
    r.workspace_id = ${workspaceId} AND r.namespace_id = ANY (${sql.array([...namespaceIds], 'text')}) ${ofStatus}`;
  return readPage<ResearchRun>(
    reads,
    [workspaceId],
    sql`
      SELECT ${runColumns}, ${RUNS.key}, count(*) OVER () AS total FROM ${fromRuns}
      WHERE ${where} ${RUNS.after(page)} ORDER BY ${RUNS.by} ${slice(page)}`,
    page,
    () => sql`SELECT count(*) AS total FROM ${fromRuns} WHERE ${where}`,
  );
}

/** Throws `not_found`, also for one of a namespace out of reach. */
export async function getResearchRun(
  reads: ReadPool,
  workspaceId: string,
  id: string,
  namespaceIds: readonly string[],
): Promise<ResearchRun> {
  const row = await reads.maybeOne<ResearchRun>(
    [workspaceId],
    sql`
      SELECT ${runColumns} FROM ${fromRuns}
      WHERE r.id = ${id} AND r.workspace_id = ${workspaceId}
        AND r.namespace_id = ANY (${sql.array([...namespaceIds], 'text')})`,
  );
  if (row === null) throw notFound('run');
  return row;
}

/** All of a run, of which there are at most 100, in the order in which they were found. */
export function listCandidates(
  reads: ReadPool,
  workspaceId: string,
  runId: string,
  statuses: readonly CandidateStatus[] | undefined,
): Promise<readonly ResearchCandidate[]> {
  const ofStatus =
    statuses === undefined ? sql.fragment`` : sql.fragment`AND status = ANY (${sql.array([...statuses], 'text')})`;
  return reads.any<ResearchCandidate>(
    [workspaceId],
    sql`
      SELECT id, url, title, excerpt, score, verdict, judged_by, reason, status, entry_id, note, decided_by, decided_at
      FROM research_candidates WHERE run_id = ${runId} AND workspace_id = ${workspaceId} ${ofStatus} ORDER BY place`,
  );
}
