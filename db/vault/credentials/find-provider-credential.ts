import {
  type CredentialStatus,
  type CredentialType,
  PROVIDER_KEY_TYPES,
  SECRET_FIELD,
} from '../../../domain/vault/credentials/credential.ts';
import type { KeyRing } from '../../../platform/crypto/key-ring.ts';
import type { ReadPool } from '../../kernel/read-pool.ts';
import { sql } from '../../kernel/sql.ts';
import { boundToCrew } from './reaching-credentials.ts';

/** Whose call it is. Without a run's token nobody has proven which agent calls: only what its crew holds is used. */
export interface CredentialUser {
  readonly workspaceId: string;
  readonly crewId: string;
  readonly agentId: string | null;
}

/** A key that a provider is called with. Its value leaves this process only in that call. */
export interface ProviderCredential {
  readonly id: string;
  readonly name: string;
  readonly type: CredentialType;
  readonly status: CredentialStatus;
  readonly accountLabel: string | null;
  readonly value: string;
  /** Whether its status has not been looked at for a minute. */
  readonly isStale: boolean;
  /** Whether its use has not been written down for a minute. */
  readonly isUseStale: boolean;
}

export const DEBOUNCE_SECONDS = 60;

/**
 * The key to call a provider with: one that works before one that was rate-limited, then the agent's own, the crew's,
 * the workspace's. Null where there is none, or only such as are expired, failed or revoked.
 */
export async function findProviderCredential(
  reads: ReadPool,
  ring: Pick<KeyRing, 'open'>,
  user: CredentialUser,
  provider: string,
): Promise<ProviderCredential | null> {
  const { workspaceId, crewId, agentId } = user;
  const row = await reads.maybeOne<Omit<ProviderCredential, 'value'> & { sealed: string }>(
    [workspaceId],
    sql`
      SELECT c.id, c.name, c.type, c.status, c.account_label AS "accountLabel", c.sealed_value AS sealed,
        coalesce(c.last_checked_at < now() - ${DEBOUNCE_SECONDS} * interval '1 second', true) AS "isStale",
        coalesce(c.last_used_at < now() - ${DEBOUNCE_SECONDS} * interval '1 second', true) AS "isUseStale"
      FROM credentials c
      CROSS JOIN LATERAL (SELECT
        EXISTS (
          SELECT 1 FROM credential_grants g JOIN agents a ON a.id = g.agent_id AND a.deleted_at IS NULL
          WHERE g.credential_id = c.id AND a.id = ${agentId} AND a.crew_id = ${crewId}
            AND (g.expires_at IS NULL OR g.expires_at > now()))
        OR EXISTS (
          SELECT 1 FROM credential_bindings b JOIN agents a ON a.id = b.agent_id AND a.deleted_at IS NULL
          WHERE b.credential_id = c.id AND a.id = ${agentId} AND a.crew_id = ${crewId}) AS by_agent,
        EXISTS (SELECT 1 FROM credential_crews k WHERE k.credential_id = c.id AND k.crew_id = ${crewId})
        OR ${boundToCrew(crewId)} AS by_crew
      ) held
      WHERE c.workspace_id = ${workspaceId} AND c.deleted_at IS NULL AND c.sealed_value IS NOT NULL
        AND upper(c.provider) = upper(${provider}) AND c.status IN ('ACTIVE', 'RATE_LIMITED')
        AND c.type = ANY (${sql.array([...PROVIDER_KEY_TYPES], 'text')})
        AND (c.token_expires_at IS NULL OR c.token_expires_at > now())
        AND (held.by_agent OR held.by_crew OR c.scope = 'WORKSPACE')
      ORDER BY c.status, held.by_agent DESC, held.by_crew DESC, c.created_at, c.id LIMIT 1`,
  );
  if (row === null) return null;
  const { sealed, ...credential } = row;
  const value = ring.open(sealed, { workspaceId, ownerId: row.id, field: SECRET_FIELD.value });
  return { ...credential, value };
}
