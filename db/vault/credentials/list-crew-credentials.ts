import { type Credential, PROVIDER_KEY_TYPES } from '../../../domain/vault/credentials/credential.ts';
import type { ReadPool } from '../../kernel/read-pool.ts';
import { type Fragment, sql } from '../../kernel/sql.ts';
import { boundToCrew } from './reaching-credentials.ts';

export type CrewCredential = Pick<
  Credential,
  'id' | 'workspace_id' | 'name' | 'type' | 'provider' | 'account_label' | 'status' | 'token_expires_at'
>;

/** What a crew may call providers with: the workspace's, its own, and those that one of its agents holds now. */
export function usableBy(crewId: string): Fragment {
  return sql.fragment`
    c.deleted_at IS NULL AND c.status NOT IN ('PENDING_APPROVAL', 'REJECTED')
    AND c.type = ANY (${sql.array([...PROVIDER_KEY_TYPES], 'text')}) AND (
      c.scope = 'WORKSPACE'
      OR EXISTS (SELECT 1 FROM credential_crews k WHERE k.credential_id = c.id AND k.crew_id = ${crewId})
      OR EXISTS (
        SELECT 1 FROM credential_grants g JOIN agents a ON a.id = g.agent_id AND a.deleted_at IS NULL
        WHERE g.credential_id = c.id AND a.crew_id = ${crewId} AND (g.expires_at IS NULL OR g.expires_at > now()))
      OR ${boundToCrew(crewId)}
      OR EXISTS (
        SELECT 1 FROM credential_bindings b JOIN agents a ON a.id = b.agent_id AND a.deleted_at IS NULL
        WHERE b.credential_id = c.id AND a.crew_id = ${crewId}))`;
}

/** The provider credentials of a crew, without their values. */
export function listCrewCredentials(
  reads: ReadPool,
  workspaceId: string,
  filter: { readonly crewId: string; readonly provider: string | undefined },
): Promise<readonly CrewCredential[]> {
  const provider =
    filter.provider === undefined ? sql.fragment`` : sql.fragment`AND upper(c.provider) = upper(${filter.provider})`;
  return reads.any<CrewCredential>(
    [workspaceId],
    sql`
      SELECT c.id, c.workspace_id, c.name, c.type, c.provider, c.account_label, c.status, c.token_expires_at
      FROM credentials c WHERE c.workspace_id = ${workspaceId} AND ${usableBy(filter.crewId)} ${provider}
      ORDER BY c.name, c.id LIMIT 500`,
  );
}
