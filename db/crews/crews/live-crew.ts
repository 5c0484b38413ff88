import type { ReadPool } from '../../kernel/read-pool.ts';
import { sql } from '../../kernel/sql.ts';

/** What decides whether a token speaks for a crew. */
export interface LiveCrew {
  readonly workspaceId: string;
  readonly generation: number;
  readonly takesIntegratorTokens: boolean;
}

/** Null: there is no such crew, or it was deleted. */
export async function findLiveCrew(systemReads: ReadPool, crewId: string): Promise<LiveCrew | null> {
  return systemReads.maybeOne<LiveCrew>(
    [],
    sql`
      SELECT workspace_id AS "workspaceId", generation, takes_integrator_tokens AS "takesIntegratorTokens"
      FROM crews WHERE id = ${crewId} AND deleted_at IS NULL`,
  );
}
