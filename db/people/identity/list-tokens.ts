import type { ReadPool } from '../../kernel/read-pool.ts';
import { sql } from '../../kernel/sql.ts';

/** ADMIN: an OWNER’s, short-lived, audited at every use. */
export type TokenTier = 'STANDARD' | 'ADMIN';

export interface TokenRow {
  readonly id: string;
  readonly name: string;
  readonly tier: TokenTier;
  readonly scopes: readonly string[] | null;
  readonly created_at: string;
  readonly expires_at: string | null;
  readonly last_used_at: string | null;
  readonly revoked_at: string | null;
}

export const tokenColumns = sql.fragment`
  id, name, tier, scopes, created_at, expires_at, last_used_at, revoked_at`;

/** The tokens of one person, newest first, revoked ones included. */
export async function listTokens(systemReads: ReadPool, userId: string): Promise<TokenRow[]> {
  return systemReads.any<TokenRow>(
    [],
    sql`SELECT ${tokenColumns} FROM access_tokens WHERE user_id = ${userId} AND kind = 'cli'
        ORDER BY created_at DESC, id DESC LIMIT 500`,
  );
}
