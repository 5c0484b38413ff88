import { newestFirst, type Page, type PageRequest, readPage, slice } from '../../kernel/page.ts';
import type { ReadPool } from '../../kernel/read-pool.ts';
import { sql } from '../../kernel/sql.ts';

const ORDER = newestFirst('access_tokens');

/** An API key without its secret, which nobody knows. */
export interface ApiKeyRow {
  readonly id: string;
  readonly name: string;
  readonly prefix: string;
  readonly workspace_id: string;
  readonly scopes: readonly string[] | null;
  readonly expires_at: string | null;
  readonly last_used_at: string | null;
  readonly created_at: string;
  readonly revoked_at: string | null;
}

export const apiKeyColumns = sql.fragment`
  id, name, prefix, workspace_id, scopes, expires_at, last_used_at, created_at, revoked_at`;

/** The API keys of one person, newest first. */
export async function listApiKeys(
  systemReads: ReadPool,
  owner: { readonly userId: string; readonly withRevoked: boolean },
  page: PageRequest,
): Promise<Page<ApiKeyRow>> {
  const theirs = sql.fragment`
    FROM access_tokens WHERE user_id = ${owner.userId} AND kind = 'api_key'
      AND (${owner.withRevoked} OR revoked_at IS NULL)`;
  return readPage<ApiKeyRow>(
    systemReads,
    [],
    sql`SELECT ${apiKeyColumns}, ${ORDER.key}, count(*) OVER () AS total ${theirs} ${ORDER.after(page)}
      ORDER BY ${ORDER.by} ${slice(page)}`,
    page,
    () => sql`SELECT count(*) AS total ${theirs}`,
  );
}
