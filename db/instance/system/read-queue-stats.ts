import type { ReadPool } from '../../kernel/read-pool.ts';
import { sql } from '../../kernel/sql.ts';

export interface JobCounts {
  readonly by_kind: Readonly<Record<string, number>>;
  readonly by_status: Readonly<Record<string, number>>;
}

/** Jobs of a workspace that are not over, and those that ended within a day. */
export async function readJobCounts(reads: ReadPool, workspaceId: string): Promise<JobCounts> {
  const row = await reads.maybeOne<JobCounts>(
    [workspaceId],
    sql`
      WITH counted AS (
        SELECT kind, status, count(*) AS jobs FROM (
          SELECT kind, status FROM jobs WHERE workspace_id = ${workspaceId} AND finished_at IS NULL
          UNION ALL
          SELECT kind, status FROM jobs
          WHERE workspace_id = ${workspaceId} AND finished_at > now() - interval '1 day') recent
        GROUP BY kind, status)
      SELECT
        coalesce((SELECT jsonb_object_agg(kind, jobs) FROM (
          SELECT kind, sum(jobs) AS jobs FROM counted GROUP BY kind) k), '{}'::jsonb) AS by_kind,
        coalesce((SELECT jsonb_object_agg(status, jobs) FROM (
          SELECT status, sum(jobs) AS jobs FROM counted GROUP BY status) s), '{}'::jsonb) AS by_status`,
  );
  return row ?? { by_kind: {}, by_status: {} };
}

/** Commands of the instance that are not carried out yet, and for how long the oldest of them waits. */
export async function readOutboxDepth(
  systemReads: ReadPool,
): Promise<{ readonly depth: number; readonly parked: number; readonly oldest_s: number | null }> {
  const row = await systemReads.maybeOne<{ depth: number; parked: number; oldest_s: number | null }>(
    [],
    sql`
      SELECT count(*) FILTER (WHERE parked_at IS NULL) AS depth,
        count(*) FILTER (WHERE parked_at IS NOT NULL) AS parked,
        floor(extract(epoch FROM now() - min(created_at) FILTER (WHERE parked_at IS NULL)))::integer AS oldest_s
      FROM outbox`,
  );
  return row ?? { depth: 0, parked: 0, oldest_s: null };
}
