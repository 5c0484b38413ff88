import {
  type CredentialStatus,
  type CredentialType,
  PROVIDER_KEY_TYPES,
  SECRET_FIELD,
} from '../../../domain/vault/credentials/credential.ts';
import type { KeyRing } from '../../../platform/crypto/key-ring.ts';
import type { ReadPool } from '../../kernel/read-pool.ts';
import { type Fragment, sql } from '../../kernel/sql.ts';
import { boundToCrew } from './reaching-credentials.ts';

/** Whose call it is. Without a run's token nobody has proven which agent calls: only what its crew holds is used. */
export interface CredentialUser {
  readonly workspaceId: string;
  readonly crewId: string;
  readonly agentId: string | null;
  /** Null: no run, or none that was proven. What was leased to a run is that run's alone. */
  readonly runId: string | null;
}

/** A key that a provider is called with. Its value leaves this process only in that call. */
export interface ProviderCredential {
  readonly id: string;
  readonly name: string;
  readonly type: CredentialType;
  readonly status: CredentialStatus;
  readonly accountLabel: string | null;
  readonly value: string;
  /** The value before, while its grace lasts: for when the provider refuses this one. */
  readonly previous: string | null;
  /** Whether its status has not been looked at for a minute. */
  readonly isStale: boolean;
  /** Whether its use has not been written down for a minute. */
  readonly isUseStale: boolean;
  /** When it has to be asked whether this user has it still: the next end of what it was leased to them by. */
  readonly endsInMs: number | null;
}

export const DEBOUNCE_SECONDS = 60;

/**
 * The key to call a provider with: one that works before one that was rate-limited, then the agent's own by their
 * priority, the crew's, the workspace's. Null where there is none, or only such as are expired, failed or revoked.
 */
export async function findProviderCredential(
  reads: ReadPool,
  ring: Pick<KeyRing, 'open'>,
  user: CredentialUser,
  provider: string,
): Promise<ProviderCredential | null> {
  const { workspaceId } = user;
  const row = await reads.maybeOne<
    Omit<ProviderCredential, 'value' | 'previous'> & { sealed: string; old: string | null }
  >(
    [workspaceId],
    sql`
      SELECT c.id, c.name, c.type, c.status, c.account_label AS "accountLabel", c.sealed_value AS sealed,
        (SELECT r.sealed_old_value FROM credential_rotations r
          WHERE r.credential_id = c.id AND r.status = 'ACTIVE' AND r.part = 'value' AND r.expires_at > now()
          ORDER BY r.rotated_at DESC, r.id DESC LIMIT 1) AS old,
        coalesce(c.last_checked_at < now() - ${DEBOUNCE_SECONDS} * interval '1 second', true) AS "isStale",
        coalesce(c.last_used_at < now() - ${DEBOUNCE_SECONDS} * interval '1 second', true) AS "isUseStale",
        ${endsInMs} AS "endsInMs"
      ${usableCredentials(user)} AND upper(c.provider) = upper(${provider}) AND c.status IN ('ACTIVE', 'RATE_LIMITED')
      ORDER BY c.status, held.priority DESC NULLS LAST, held.by_agent DESC, held.by_crew DESC, c.created_at, c.id
      LIMIT 1`,
  );
  if (row === null) return null;
  const { sealed, old, ...credential } = row;
  const open = (text: string) => ring.open(text, { workspaceId, ownerId: row.id, field: SECRET_FIELD.value });
  return { ...credential, value: open(sealed), previous: old === null ? null : open(old) };
}

/**
 * Until when a call that this key was given to may go on with it: whatever state it is in, it was not taken away. Null:
 * it was.
 */
export async function mayGoOn(
  reads: ReadPool,
  user: CredentialUser,
  credentialId: string,
): Promise<Pick<ProviderCredential, 'endsInMs'> | null> {
  return reads.maybeOne<Pick<ProviderCredential, 'endsInMs'>>(
    [user.workspaceId],
    sql`SELECT ${endsInMs} AS "endsInMs" ${usableCredentials(user)} AND c.id = ${credentialId}
      AND c.status <> 'REVOKED'`,
  );
}

const endsInMs = sql.fragment`ceil(extract(epoch FROM held.lease_ends_at - clock_timestamp()) * 1000)::float8`;

/** The provider keys `c` that this user has, and how: `held`. A grant's `priority` counts before anything else. */
function usableCredentials({ workspaceId, crewId, agentId, runId }: CredentialUser): Fragment {
  return sql.fragment`
    FROM credentials c
    CROSS JOIN LATERAL (
      SELECT max(g.priority) AS priority, min(g.expires_at) AS lease_ends_at FROM credential_grants g
      JOIN agents a ON a.id = g.agent_id AND a.deleted_at IS NULL
      WHERE g.credential_id = c.id AND a.id = ${agentId} AND a.crew_id = ${crewId}
        AND (g.run_id IS NULL OR g.run_id = ${runId}) AND (g.expires_at IS NULL OR g.expires_at > now())
    ) granted
    CROSS JOIN LATERAL (SELECT granted.priority, granted.lease_ends_at,
      granted.priority IS NOT NULL OR EXISTS (
        SELECT 1 FROM credential_bindings b JOIN agents a ON a.id = b.agent_id AND a.deleted_at IS NULL
        WHERE b.credential_id = c.id AND a.id = ${agentId} AND a.crew_id = ${crewId}) AS by_agent,
      EXISTS (SELECT 1 FROM credential_crews k WHERE k.credential_id = c.id AND k.crew_id = ${crewId})
      OR ${boundToCrew(crewId)} AS by_crew
    ) held
    WHERE c.workspace_id = ${workspaceId} AND c.deleted_at IS NULL AND c.sealed_value IS NOT NULL
      AND c.type = ANY (${sql.array([...PROVIDER_KEY_TYPES], 'text')})
      AND (c.token_expires_at IS NULL OR c.token_expires_at > now())
      AND (held.by_agent OR held.by_crew OR c.scope = 'WORKSPACE')`;
}
