import { notFound } from '../../../domain/kernel/errors/crewship-error.ts';
import type { FindingKind, MeditationMode } from '../../../domain/knowledge/wiki/wiki.ts';
import type { JobStatus } from '../../../domain/work/jobs/job-status.ts';
import { newestFirst, type Page, type PageRequest, readPage, slice } from '../../kernel/page.ts';
import type { ReadPool } from '../../kernel/read-pool.ts';
import { sql } from '../../kernel/sql.ts';

/** A run, whose state is its job's. */
export interface MeditationRun {
  readonly id: string;
  readonly namespace: string;
  readonly status: JobStatus;
  readonly mode: MeditationMode;
  readonly max_proposals: number;
  readonly dry_run: boolean;
  readonly entries_seen: number;
  readonly counts: Readonly<Partial<Record<FindingKind, number>>>;
  readonly proposals: number;
  readonly created_by: string | null;
  readonly created_at: string;
  readonly started_at: string | null;
  readonly finished_at: string | null;
}

const RUNS = newestFirst('r');

/** Those of namespaces within reach, newest first. */
export function listMeditationRuns(
  reads: ReadPool,
  workspaceId: string,
  filter: {
    /** Within the caller's reach. */
    readonly namespaceIds: readonly string[];
    readonly statuses: readonly JobStatus[] | undefined;
  },
  page: PageRequest,
): Promise<Page<MeditationRun>> {
  const { statuses, namespaceIds } = filter;
  const ofStatus =
    statuses === undefined ? sql.fragment`` : sql.fragment`AND j.status = ANY (${sql.array([...statuses], 'text')})`;
  const from = sql.fragment`
    meditation_runs r JOIN jobs j ON j.workspace_id = r.workspace_id AND j.id = r.id
    JOIN knowledge_namespaces n ON n.workspace_id = r.workspace_id AND n.id = r.namespace_id
    WHERE r.workspace_id = ${workspaceId} AND r.namespace_id = ANY (${sql.array([...namespaceIds], 'text')})
      ${ofStatus}`;
  return readPage<MeditationRun>(
    reads,
    [workspaceId],
    sql`
      SELECT r.id, n.name AS namespace, j.status, r.mode, r.max_proposals, r.dry_run, r.entries_seen, r.counts,
        r.proposals, r.created_by, r.created_at, j.started_at, j.finished_at, ${RUNS.key}, count(*) OVER () AS total
      FROM ${from} ${RUNS.after(page)} ORDER BY ${RUNS.by} ${slice(page)}`,
    page,
    () => sql`SELECT count(*) AS total FROM ${from}`,
  );
}

/** A run as its steps have it. */
export interface MeditationAtWork {
  readonly id: string;
  readonly namespace_id: string;
  readonly mode: MeditationMode;
  readonly max_proposals: number;
  readonly proposals: number;
  readonly lint_at: string | null;
  readonly propose_at: string | null;
  readonly created_by: string | null;
}

/** Throws `not_found`. */
export async function getMeditationAtWork(reads: ReadPool, workspaceId: string, id: string): Promise<MeditationAtWork> {
  const row = await reads.maybeOne<MeditationAtWork>(
    [workspaceId],
    sql`
      SELECT id, namespace_id, mode, max_proposals, proposals, lint_at, propose_at, created_by FROM meditation_runs
      WHERE id = ${id} AND workspace_id = ${workspaceId}`,
  );
  if (row === null) throw notFound('run');
  return row;
}

/** What a model is shown of entries. */
export interface ShownEntry {
  readonly id: string;
  readonly title: string;
  readonly text: string;
}

export function readShownEntries(
  reads: ReadPool,
  workspaceId: string,
  entryIds: readonly string[],
  limitCharacters: number,
): Promise<readonly ShownEntry[]> {
  return reads.any<ShownEntry>(
    [workspaceId],
    sql`
      SELECT id, title, left(coalesce(summary || E'\n', '') || content, ${limitCharacters}) AS text
      FROM knowledge_entries WHERE id = ANY (${sql.array([...entryIds], 'text')}) AND workspace_id = ${workspaceId}
      ORDER BY id`,
  );
}
