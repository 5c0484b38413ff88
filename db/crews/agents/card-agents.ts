import type { ReadPool } from '../../kernel/read-pool.ts';
import { sql } from '../../kernel/sql.ts';

/** An agent as a card shows it. */
export interface CardAgent {
  readonly slug: string;
  readonly name: string;
  readonly description: string | null;
  readonly role_title: string | null;
  readonly crew_name: string;
}

/** Agents that a workspace's members may talk to, by name: those of a crew that are not under review. */
export function listCardAgents(reads: ReadPool, workspaceId: string, limit: number): Promise<readonly CardAgent[]> {
  return reads.any<CardAgent>(
    [workspaceId],
    sql`
      SELECT a.slug, a.name, a.description, a.role_title, c.name AS crew_name
      FROM agents a JOIN crews c ON c.workspace_id = a.workspace_id AND c.id = a.crew_id AND c.deleted_at IS NULL
      WHERE a.workspace_id = ${workspaceId} AND a.deleted_at IS NULL AND a.status <> 'PENDING_REVIEW'
      ORDER BY a.name, a.id ${sql.limit(limit)}`,
  );
}
