import type { ReadPool } from '../../kernel/read-pool.ts';
import { sql } from '../../kernel/sql.ts';

/** What a workspace's agents and jobs are at, in numbers. */
export interface WorkspaceLoad {
  readonly agents: { readonly total: number; readonly running: number; readonly error: number };
  readonly jobs: { readonly queued: number; readonly running: number; readonly waiting: number };
  /** Attempts without a place, and turns of sessions that are under way. */
  readonly queues: { readonly runs_waiting: number; readonly turns: number };
}

/** Counts by indexes of what is live: as fast as little is under way. */
export async function readWorkspaceLoad(reads: ReadPool, workspaceId: string): Promise<WorkspaceLoad> {
  const row = await reads.maybeOne<WorkspaceLoad>(
    [workspaceId],
    sql`
      SELECT (
        SELECT jsonb_build_object('total', count(*), 'running', count(*) FILTER (WHERE status = 'RUNNING'),
          'error', count(*) FILTER (WHERE status = 'ERROR'))
        FROM agents WHERE workspace_id = ${workspaceId} AND deleted_at IS NULL) AS agents, (
        SELECT jsonb_build_object('queued', count(*) FILTER (WHERE status = 'queued'),
          'running', count(*) FILTER (WHERE status IN ('running', 'cancelling')),
          'waiting', count(*) FILTER (WHERE status = 'waiting'))
        FROM jobs WHERE workspace_id = ${workspaceId} AND status IN ('queued', 'running', 'waiting', 'cancelling')
      ) AS jobs, jsonb_build_object(
        'runs_waiting', (SELECT count(*) FROM runs WHERE workspace_id = ${workspaceId} AND status = 'QUEUED'),
        'turns', (SELECT count(*) FROM chats WHERE workspace_id = ${workspaceId} AND turn_job_id IS NOT NULL)
      ) AS queues`,
  );
  return row!;
}
