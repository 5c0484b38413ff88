import type { SsoProvider } from '../../../domain/people/sso/sso.ts';
import type { ReadPool } from '../../kernel/read-pool.ts';
import { sql } from '../../kernel/sql.ts';

export const providerColumns = sql.fragment`
  id, name, issuer, client_id, sealed_client_secret IS NOT NULL AS has_client_secret, allowed_domains, trusts_email,
  join_workspace_id AS workspace_id, join_role AS role, is_enabled, created_at, updated_at`;

/** All providers, by their names. */
export async function listProviders(systemReads: ReadPool): Promise<readonly SsoProvider[]> {
  return systemReads.any<SsoProvider>(
    [],
    sql`SELECT ${providerColumns} FROM sso_providers ORDER BY name, id ${sql.limit(100)}`,
  );
}

/** One that people may sign in by, with its sealed secret; null for every other. */
export async function findEnabledProvider(
  systemReads: ReadPool,
  id: string,
): Promise<(SsoProvider & { readonly sealed_client_secret: string | null }) | null> {
  return systemReads.maybeOne(
    [],
    sql`SELECT ${providerColumns}, sealed_client_secret FROM sso_providers WHERE id = ${id} AND is_enabled`,
  );
}
