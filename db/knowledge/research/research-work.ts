import type { ResearchQuestion } from '../../../domain/knowledge/research/research-run.ts';
import { notFound } from '../../../domain/kernel/errors/crewship-error.ts';
import type { ReadPool } from '../../kernel/read-pool.ts';
import { sql } from '../../kernel/sql.ts';

/** A run as its steps have it. */
export interface ResearchAtWork extends ResearchQuestion {
  readonly id: string;
  readonly namespace_id: string;
  readonly urls: readonly string[];
  readonly allowed_domains: readonly string[];
  readonly max_pages: number;
  readonly agent_id: string | null;
  readonly crew_id: string | null;
  readonly queries: readonly string[] | null;
  readonly created_by: string | null;
}

/** Throws `not_found`. */
export async function getResearchAtWork(reads: ReadPool, workspaceId: string, id: string): Promise<ResearchAtWork> {
  const row = await reads.maybeOne<ResearchAtWork>(
    [workspaceId],
    sql`
      SELECT r.id, r.namespace_id, r.topic, r.questions, r.urls, r.allowed_domains, r.max_pages, r.agent_id, a.crew_id,
        r.queries, r.created_by
      FROM research_runs r LEFT JOIN agents a ON a.id = r.agent_id AND a.workspace_id = r.workspace_id
      WHERE r.id = ${id} AND r.workspace_id = ${workspaceId}`,
  );
  if (row === null) throw notFound('run');
  return row;
}

/** Pages that were found and are not fetched, in the order in which they were found. */
export function listUnfetched(
  reads: ReadPool,
  workspaceId: string,
  runId: string,
): Promise<readonly { readonly id: string; readonly url: string }[]> {
  return reads.any(
    [workspaceId],
    sql`
      SELECT id, url FROM research_candidates
      WHERE run_id = ${runId} AND workspace_id = ${workspaceId} AND status = 'pending' AND fetched_at IS NULL
      ORDER BY place`,
  );
}

/** Pages that were fetched and are not judged; their ids, as what they say is much. */
export async function listUnjudged(reads: ReadPool, workspaceId: string, runId: string): Promise<readonly string[]> {
  const rows = await reads.any<{ id: string }>(
    [workspaceId],
    sql`
      SELECT id FROM research_candidates
      WHERE run_id = ${runId} AND workspace_id = ${workspaceId} AND status = 'pending' AND fetched_at IS NOT NULL
        AND score IS NULL
      ORDER BY place`,
  );
  return rows.map(({ id }) => id);
}

/** What a page says, up to so many characters. Null: it is not for judging any more. */
export function readPageText(
  reads: ReadPool,
  workspaceId: string,
  candidateId: string,
  limitCharacters: number,
): Promise<{ readonly title: string; readonly text: string } | null> {
  return reads.maybeOne(
    [workspaceId],
    sql`
      SELECT title, left(content, ${limitCharacters}) AS text FROM research_candidates
      WHERE id = ${candidateId} AND workspace_id = ${workspaceId} AND status = 'pending' AND content IS NOT NULL`,
  );
}
