import type { ReadPool } from '../../kernel/read-pool.ts';
import { sql } from '../../kernel/sql.ts';

export interface SessionRow {
  readonly id: string;
  readonly created_at: string;
  readonly last_used_at: string;
  readonly expires_at: string;
  readonly user_agent: string | null;
  readonly ip: string | null;
}

/** The live sessions of one person, the most recently used first. */
export async function listSessions(systemReads: ReadPool, userId: string): Promise<SessionRow[]> {
  return systemReads.any<SessionRow>(
    [],
    sql`SELECT id, created_at, last_used_at, expires_at, user_agent, address AS ip FROM auth_sessions
        WHERE user_id = ${userId} AND revoked_at IS NULL AND expires_at > now()
        ORDER BY last_used_at DESC, id DESC LIMIT 100`,
  );
}
